// The replay that is asked for takes the place of the one that is shown; it begins anew.
"use strict";
(() => {
  const stage = document.getElementById("stage");
  const buttons = [...document.querySelectorAll("[data-replay]")];
  for (const button of buttons) {
    button.addEventListener("click", () => {
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
      const held = document.getElementById(`replay-of-${button.dataset.replay}`);
      stage.replaceChildren(held.content.cloneNode(true));
      startReplay();
    });
  }
})();
