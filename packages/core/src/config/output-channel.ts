/** A channel of the output that mono tiles of one filter make. */
export interface OutputChannel {
  name: string;
  /** Value of FILTER; letter case is ignored. */
  filter: string;
}
