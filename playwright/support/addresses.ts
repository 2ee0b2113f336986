/** Unusual, so that they collide with nothing that happens to run. */
export const PORT = 41_731;
export const PLAIN_PORT = 41_732;
export const PLAIN_URL = `http://localhost:${PLAIN_PORT}/`;
