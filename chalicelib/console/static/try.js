// The buttons of the page on which a pipeline is tried.
(function () {
  "use strict";
  const said = document.querySelector("[data-tracked]");

  document.addEventListener("click", (event) => {
    const { track, grant, global } = event.target.dataset;
    if (track) {
      withCollector(global, (collector) => {
        collector.track(track, { product: "Notebook", price: 12, currency: "EUR" });
        said.textContent = `Sent: ${track}`;
      });
    } else if (grant !== undefined) {
      withCollector(global, (collector) => {
        collector.consent({ functional: true, analytics: true, marketing: true, personalization: true });
        said.textContent = "Consent is given";
      });
    }
  });

  // The script is loaded beside the page, so a quick click may come before it.
  function withCollector(global, use, waits = 50) {
    if (window[global]) return use(window[global]);
    said.textContent = waits ? "Waiting for the script …" : "The script did not load; something keeps it from this page";
    if (waits) setTimeout(withCollector, 200, global, use, waits - 1);
  }
})();
