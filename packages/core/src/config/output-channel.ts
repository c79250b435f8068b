/** A channel of the output, made from mono tiles of one filter. */
export interface OutputChannel {
  name: string;
  /** The FILTER value of its tiles; letter case is ignored. */
  filter: string;
}
