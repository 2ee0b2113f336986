/** Unusual, so that they collide with nothing that happens to run; another run beside this one takes others. */
export const PORT = Number(process.env.PLANISH_TEST_PORT ?? 41_731);
export const PLAIN_PORT = PORT + 1;
export const PLAIN_URL = `http://localhost:${PLAIN_PORT}/`;
