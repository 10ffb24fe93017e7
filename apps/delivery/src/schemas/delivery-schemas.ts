/** Where the delivery app's tables lie: shards by the order's user, one schema per node beside them, and one for all on node 0. */

/** Outbox, inbox, timers and leases of this app, on every node. */
export const DELIVERY_NODE_SCHEMA = 'ordo_delivery_node';
/** Lanes, rooms, switch and contracts; small, and read by nobody who answers a caller of the promise service. */
export const DELIVERY_CONTROL_SCHEMA = 'ordo_delivery_control';
