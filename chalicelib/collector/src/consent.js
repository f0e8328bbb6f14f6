/**
 * Consent: events wait in memory until somebody has answered, then go with the answer in them, or are dropped.
 */
import { api } from "./api.js";
import { config } from "./config.js";
import { release, waiting } from "./events.js";
import { all, emit, quietly } from "./guest.js";
import { DROP, enrichers, forgetters, gates, permits, WAIT } from "./lists.js";
import { allowed } from "./storage.js";
import { queue, tick } from "./transport.js";

const rules = config.consent;
const CATEGORIES = ["functional", "analytics", "marketing", "personalization"];

/** An answer is YES, NO or, while it is open, 0: so the greatest of several is whether any is yes, the least whether all
    are. */
export const YES = 1;
export const NO = -1;

/** `(category) → answer`: what each source says. */
const sources = [];

/**
 * Adds a source with codes of its own: for a category there is a list of lists of codes, and it is granted when in any
 * of these every code is. `answer(code) → answer`; a source that throws has given none.
 */
export const coded = (codes, answer) => {
  sources.push(
    quietly((category) => codes[category] && Math.max(...codes[category].map((list) => Math.min(...list.map(answer)))))
  );
};

/* What `consent()` was told on this page. */
const told = {};

/* One no is enough, and where nobody has said anything the rule counts. */
const granted = (category) => {
  const answers = sources.map((source) => source(category) || 0).concat(told[category] || 0);
  const least = Math.min(...answers);
  return least < 0 ? least : Math.max(...answers) || rules.implied;
};

const state = () => {
  const found = { essential: true };
  CATEGORIES.forEach((category) => (found[category] = allowed(category)));
  return found;
};

/** Somebody answers: what waits may go, or what is kept must; what is not yet sent is judged anew. What happened while it
    was refused stays refused. */
export const answered = (take) => {
  if (granted(config.need) < 0) release();
  take();
  emit("consent", state());
  if (granted(config.need) < 0) all(forgetters);
  waiting.unshift(...queue.splice(0));
  tick();
};

permits.push(granted);

gates.push((event) => {
  if (!granted(config.need)) return WAIT;
  if (allowed()) return;
  all(forgetters);
  if (!rules.cookieless || event.traits) return DROP;
  event.anonymousId = event.userId = event.groupId = undefined;
});

enrichers.push((event) => (event.context.consent = state()));

api.consent = (answers) => {
  if (answers) {
    answered(() =>
      CATEGORIES.forEach((category) => category in answers && (told[category] = answers[category] ? YES : NO))
    );
  }
  return state();
};
