/**
 * Where features plug in. The core runs through these lists and knows no feature by name.
 */

/** `(category) → number`: whether data of this consent category may be stored and sent; all must be more than nothing. */
export const permits = [];

/** `(event) → undefined | WAIT | DROP`: whether an event may be sent now. */
export const gates = [];
export const WAIT = 1;
export const DROP = 2;

/** `(event)`: adds to an event that is about to be sent. */
export const enrichers = [];

/** `() → boolean`: true while nothing can be sent. */
export const holds = [];

/** `(batch, answer) → boolean`: true when it has taken care of a batch that was not accepted. */
export const failures = [];

/** `()`: what to do when the page is left; `parkers` when events could not be sent even then. */
export const leavers = [];
export const parkers = [];

/** `()`: what to remove from the device when consent is refused. */
export const forgetters = [];

/** `()`: what to do once everything is there. */
export const starters = [];
