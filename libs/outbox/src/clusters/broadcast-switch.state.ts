/** The broker clusters that an installation may have, and whether the outbox of a node tells them anything. */

/** `first` hears everything, always; `second` what it is ramped up to. */
export const Cluster = { FIRST: 'first', SECOND: 'second' } as const;
export type Cluster = (typeof Cluster)[keyof typeof Cluster];

/** `broadcast_switch.state`. Paused: what happens waits in the outbox, in order, and goes out when the switch is opened. */
export const SwitchState = { OPEN: 0, PAUSED: 1 } as const;
export type SwitchState = (typeof SwitchState)[keyof typeof SwitchState];

/** Where the switch of one cluster stands on one node. */
export interface ClusterSwitch {
  readonly state: SwitchState;
  /** Of the orders, 0 to 100. */
  readonly percent: number;
  /** Event names (`order.paid`); undefined: all. */
  readonly types: readonly string[] | undefined;
}

/** Before anybody has thrown it: the first cluster hears everything, the second nothing. */
export const initialSwitch: Readonly<Record<Cluster, ClusterSwitch>> = {
  first: { state: SwitchState.OPEN, percent: 100, types: undefined },
  second: { state: SwitchState.OPEN, percent: 0, types: undefined },
};
