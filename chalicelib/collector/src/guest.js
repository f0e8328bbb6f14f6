/**
 * A good guest: whatever happens in here, nothing is thrown into the page.
 */
export const win = window;
export const doc = document;
export const loc = location;
export const nav = navigator;

/** `fn`, with a warning in place of what it throws. */
export const quietly = (fn) => (...given) => {
  try {
    return fn(...given);
  } catch (error) {
    console.warn(error);
  }
};

/** Calls every function of a list, whatever one of them does. */
export const all = (list, argument) => list.forEach((fn) => quietly(fn)(argument));

export const listen = (target, name, fn) => target.addEventListener(name, quietly(fn), true);

export const later = (fn, milliseconds) => setTimeout(quietly(fn), milliseconds);

const listeners = { sent: [], dropped: [], consent: [] };

/** Calls `fn(detail)` at every event `name`. */
export const on = (name, fn) => listeners[name].push(fn);

export const emit = (name, detail) => all(listeners[name], detail);

/** A random UUID, version 4 (RFC 9562); `crypto.randomUUID` is missing on pages without TLS. */
export const uuid = () =>
  ([1e7] + -1e3 + -4e3 + -8e3 + -1e11).replace(/[01]/g, () =>
    (crypto.getRandomValues(new Uint8Array(1))[0] & 15).toString(16)
  );
