interface Offer {
  name: string;
  stream: ReadableStream<Uint8Array>;
  /** Told when the browser has asked for it. */
  taken: () => void;
}

/** Streams that become files: offered by the page, taken by the browser's download. */
export class Downloads {
  private readonly offered = new Map<string, Offer>();
  private readonly base: string;

  /** @param scope The address under which the service worker is asked. */
  constructor(scope: string) {
    this.base = scope;
  }

  /** The address under which the stream can be had, once. */
  offer(offer: Offer): string {
    const { name } = offer;
    const url = new URL(`download/${crypto.randomUUID()}/${encodeURIComponent(name)}`, this.base).href;
    this.offered.set(url, offer);
    return url;
  }

  take(url: string): Response {
    const offer = this.offered.get(url);
    if (!offer) return new Response("There is no such download.", { status: 404 });
    this.offered.delete(url);
    offer.taken();
    return new Response(offer.stream, {
      headers: {
        // No type that a browser would rather show than save.
        "content-type": "application/octet-stream",
        "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(offer.name)}`,
        "cross-origin-embedder-policy": "require-corp",
        "x-content-type-options": "nosniff",
      },
    });
  }
}
