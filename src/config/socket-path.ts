/** `sun_path` has 108 bytes with its terminating zero (unix(7)); Node.js cuts off a longer path without a word. */
export const MAX_SOCKET_PATH_BYTES = 107;
