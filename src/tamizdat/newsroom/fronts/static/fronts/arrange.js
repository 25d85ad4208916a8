// A list that is put in order and then saved.
import { guard, orderable, showScripted } from "./orderable.js";

for (const form of document.querySelectorAll("[data-arrange]")) {
  showScripted(form);
  orderable(form);
  guard(form);
}
