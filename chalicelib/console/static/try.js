// The buttons of the page on which a pipeline is tried.
(function () {
  "use strict";
  const said = document.querySelector("[data-tracked]");
  document.addEventListener("click", (event) => {
    const { track, grant, global } = event.target.dataset;
    const collector = window[global];
    if (!collector) return;
    if (track) {
      collector.track(track, { product: "Notebook", price: 12, currency: "EUR" });
      said.textContent = `Sent: ${track}`;
    } else if (grant !== undefined) {
      collector.consent({ functional: true, analytics: true, marketing: true, personalization: true });
      said.textContent = "Consent is given";
    }
  });
})();
