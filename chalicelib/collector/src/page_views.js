/**
 * The page view, recorded by itself: when the page is loaded, and when the browser brings it back as it was left.
 */
import { config } from "./config.js";
import { record } from "./events.js";
import { doc, listen, win } from "./guest.js";
import { starters } from "./lists.js";

starters.push(() => {
  const viewed = () => record("page");
  /* A page that calls `page` in its stub has said it already. */
  if (!config.early.some((call) => call[0] == "page")) {
    /* A page that is rendered in advance may never be seen. */
    if (doc.prerendering) listen(doc, "prerenderingchange", viewed);
    else viewed();
  }
  listen(win, "pageshow", (event) => event.persisted && viewed());
});
