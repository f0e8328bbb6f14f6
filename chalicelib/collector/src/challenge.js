/**
 * Challenge tokens: got before the first event, renewed before they expire, sent with every batch.
 */
import { on } from "./guest.js";
import { failures, holds } from "./lists.js";
import { envelope, post, queue, tick } from "./transport.js";

const NEXT_TRY = 5e3; // milliseconds

let renewAt = 0;
let expiresAt = 0;
let proven;

const renew = () => {
  renewAt = Date.now() + NEXT_TRY;
  post("challenge", JSON.stringify(envelope))
    .then((answer) => answer.json())
    .then((issued) => {
      const life = issued.expires_in * 1e3; // by this clock: the visitor's may be wrong
      if (!life) return;
      envelope.challengeToken = issued.token;
      proven = 0;
      expiresAt = Date.now() + life;
      renewAt = expiresAt - life / 5;
      tick();
    })
    .catch(() => {});
};

holds.push(() => {
  if (Date.now() > renewAt) renew();
  return Date.now() > expiresAt;
});

/* A token that was good and is refused now has been taken back, or has expired by the server's clock. */
failures.push((batch, answer) => {
  if (proven && /40[13]/.test(answer.status)) {
    proven = renewAt = expiresAt = 0;
    queue.unshift(...batch);
    return 1;
  }
});

on("sent", () => (proven = 1));
