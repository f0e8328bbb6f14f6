/**
 * Who the visitor is: an anonymous id, kept in a cookie where that is allowed, and who the page says it is.
 */
import { uuid } from "./guest.js";
import { forgetters } from "./lists.js";
import { allowed, readCookie, writeCookie } from "./storage.js";

const ID_COOKIE = "_dfa";
const ID_DAYS = 400; // the longest that a browser keeps a cookie

/** Added to every event: the ids that `identify` and `group` were told. */
export let person = {};

/** What all calls of `identify` have told, the last word last. */
export let traits = {};

const KEPT_ID = 1; // in the cookie
const CHOSEN = 2; // goes before what is in the cookie

let anonymousId = uuid();
let standing;

export const getAnonymousId = () => {
  if (standing != KEPT_ID && allowed()) {
    anonymousId = (!standing && readCookie(ID_COOKIE)) || anonymousId;
    writeCookie(ID_COOKIE, anonymousId, ID_DAYS);
    standing = KEPT_ID;
  }
  return anonymousId;
};

/** From now on the visitor is `id`, whatever is kept. */
export const adopt = (id) => {
  anonymousId = id;
  standing = CHOSEN;
};

/** Forgets who the visitor was: for signing out. */
export const reset = () => {
  person = {};
  traits = {};
  adopt(uuid());
  getAnonymousId(); // on the next page it is the new one too
};

forgetters.push(() => {
  if (readCookie(ID_COOKIE)) {
    writeCookie(ID_COOKIE, "", 0);
    adopt(uuid());
  }
});
