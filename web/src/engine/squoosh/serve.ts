import type { squooshAnswer, squooshOrder } from "planish-wasm/threads";
import type { CodecWorkers } from "./codec-workers";

/** The part of the engine that hands out pixels and waits for files. */
export interface SquooshOrders {
  squooshOrder: typeof squooshOrder;
  squooshAnswer: typeof squooshAnswer;
}

/** Takes the engine's orders for Squoosh's codecs as long as it runs. */
export async function serveSquoosh(engine: SquooshOrders, workers: CodecWorkers): Promise<never> {
  for (;;) {
    const order = await engine.squooshOrder();
    const { id } = order;
    if (!("codec" in order)) {
      workers.forget(id);
      continue;
    }
    const options = JSON.parse(order.options);
    void workers.encode(id, { ...order, options }).then((reply) => {
      if ("file" in reply) engine.squooshAnswer(id, reply.file, "", false);
      else engine.squooshAnswer(id, undefined, reply.message, reply.unavailable);
    });
  }
}
