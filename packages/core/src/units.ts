/** Bytes of a megabyte, wherever one is named: in options, lines, events and reports. */
export const MB = 1_048_576;
