/**
 * A page view for each navigation within the page: pushState, replaceState, back and forth, and, when asked, the hash.
 */
import { config } from "./config.js";
import { record } from "./events.js";
import { later, listen, loc, quietly, win } from "./guest.js";
import { leavers, starters } from "./lists.js";

const SETTLING = 50; // milliseconds that a page has to set the title of a view

const place = () => (config.hash ? loc.href : loc.href.split("#")[0]);

let seen;
let view;
let settling;

/* The view is recorded late, with the title that it has got meanwhile. */
const conclude = () => {
  if (view) {
    clearTimeout(settling);
    record("page", {}, ...view);
  }
  view = 0;
};

const navigated = quietly(() => {
  const referrer = seen;
  seen = place();
  if (seen == referrer) return;
  conclude();
  view = [{ timestamp: new Date() }, { url: loc.href, referrer }];
  settling = later(conclude, SETTLING);
});

leavers.push(conclude);
starters.push(() => {
  seen = place();
  /* An element or a variable of the page may have its name. */
  const { navigation } = win;
  if (navigation && navigation.currentEntry) return listen(navigation, "currententrychange", navigated);
  /* Browsers without the Navigation API say nothing of pushState: it is called through, as it was called. */
  ["pushState", "replaceState"].forEach((method) => {
    const original = history[method];
    history[method] = (...given) => {
      const result = original.apply(history, given);
      navigated();
      return result;
    };
  });
  listen(win, "popstate", navigated);
});
