/**
 * Consent: events wait in memory until somebody has answered, then go with the answer in them, or are dropped.
 */
import { api } from "./api.js";
import { config } from "./config.js";
import { release } from "./events.js";
import { all, emit } from "./guest.js";
import { DROP, enrichers, forgetters, gates, permits, WAIT } from "./lists.js";
import { allowed } from "./storage.js";
import { tick } from "./transport.js";

const rules = config.consent;
const CATEGORIES = ["functional", "analytics", "marketing", "personalization"];

/* Whether any (`wins` = true) or every (`wins` = false) one of the answers is yes; undefined while that is open. */
const judged = (answers, wins) => {
  return answers.includes(wins) ? wins : answers.includes(undefined) ? undefined : !wins;
};

/** `(category) → true | false | undefined`: what each source says; undefined while nobody has answered. */
const sources = [];

/**
 * Adds a source with codes of its own: for a category there is a list of lists of codes, and it is granted when in any
 * of these every code is. `answer(code) → true | false | undefined`.
 */
export const coded = (codes, answer) => {
  sources.push((category) => codes[category] && judged(codes[category].map((list) => judged(list.map(answer), false)), true));
};

/* What `consent()` was told on this page. */
const told = {};

const granted = (category) => {
  const answers = sources.map((source) => source(category)).concat(told[category]);
  return !answers.includes(false) && (answers.includes(true) || rules.implied);
};

const state = () => {
  const found = { essential: true };
  CATEGORIES.forEach((category) => (found[category] = allowed(category)));
  return found;
};

/** Somebody has answered: what waits may go, or what is kept must. */
export const answered = () => {
  emit("consent", state());
  if (granted(config.need) == false) all(forgetters);
  tick();
};

permits.push(granted);

gates.push((event) => {
  if (granted(config.need) == null) return WAIT;
  if (allowed()) return;
  all(forgetters);
  if (!rules.cookieless || event.traits) return DROP;
  delete event.userId;
  delete event.groupId;
});

enrichers.push((event) => (event.context.consent = state()));

api.consent = (answers) => {
  if (answers) {
    release(); // what happened until now was under the answers until now
    CATEGORIES.forEach((category) => category in answers && (told[category] = !!answers[category]));
    answered();
  }
  return state();
};
