/**
 * What the page calls. Features replace what they do better.
 */
import { record } from "./events.js";
import { on } from "./guest.js";
import { tick } from "./transport.js";
import { getAnonymousId, person, reset, traits } from "./visitor.js";

export const api = {
  page: (name, properties, options) => record("page", { name, properties }, options),
  track: (event, properties, options) => record("track", { event, properties }, options),
  /* The user id may be left out. */
  identify(userId, given) {
    if (userId && typeof userId != "object") person.userId = "" + userId;
    else given = userId || given;
    record("identify", { traits: Object.assign(traits, given) });
  },
  group(groupId, traits) {
    person.groupId = groupId.toString();
    record("group", { traits });
  },
  /* What happened before is still the old visitor's. */
  reset() {
    tick();
    reset();
  },
  flush: tick,
  getAnonymousId,
  on,
  ready: (fn) => fn(),
  consent() {},
  linkTo: (url) => url,

  /* `push(["track", "Bought"])` is `track("Bought")`: what the pre-load stub leaves behind, and goes on working. */
  push: ([method, ...given]) => api[method](...given),
};
