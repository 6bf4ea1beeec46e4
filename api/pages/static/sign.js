// /sign: shows exactly what is signed, and signs it with a key of one's own. Paper is in paper.js.

import { offerPaper, withdrawPaper } from "./paper.js";
import { Signer, byId, element, fill, offerKeys, onSubmit, words } from "./signer.js";
import { decide, decisionOf, statementOf } from "./statement.js";

const SHOWN_DIGITS = 16;
let signer, keys, told;

onSubmit(byId("token"), async (given) => {
  signer = await Signer.of(given.get("token"));
  keys = await offerKeys(byId("key"), signer);
  const offices = signer.titles().map((each, number) => element("option", each, { value: number }));
  byId("office").replaceChildren(...offices);
  for (const each of document.querySelectorAll("[data-signed-in]")) each.hidden = false;
  forget();
  return fill(words.signed_in, { name: signer.title });
});

const about = byId("about");
about.elements.subject.value = new URLSearchParams(location.search).get("subject") ?? "";

onSubmit(about, async (given, button) => {
  forget();
  signer.actAs(Number(given.get("office")));
  told = await statementOf(signer.server, await decisionOf(signer.server, given), button.value === "paper");
  for (const each of document.querySelectorAll(".subject")) each.textContent = told.subject;
  for (const each of document.querySelectorAll(".because")) {
    each.hidden = !told.asked.reason;
    each.textContent = told.asked.reason ? fill(words.because, { reason: told.asked.reason.text }) : "";
  }
  if (button.value === "paper") {
    offerPaper(signer, told);
    return "";
  }
  if (keys.size === 0) throw new Error(words.no_key_here);
  byId("zh").textContent = told.zh;
  byId("en").textContent = told.en;
  byId("prefix").textContent = told.digest.slice(0, SHOWN_DIGITS);
  byId("rest").textContent = told.digest.slice(SHOWN_DIGITS);
  const act = about.elements.decision.selectedOptions[0].textContent;
  byId("signs").textContent = fill(words.signs, { act, name: signer.title });
  byId("sign").hidden = false;
  askForPin();
  byId("sign").focus();
  return "";
});

// What was shown is no longer what would be signed.
about.addEventListener("input", forget);

function forget() {
  told = undefined;
  byId("sign").hidden = true;
  withdrawPaper();
}

function askForPin() {
  const key = keys.get(byId("key").value);
  byId("pinned").hidden = key?.method !== "ed25519";
}

byId("key").addEventListener("change", askForPin);

onSubmit(byId("sign"), async (given) => {
  const held = await signer.sign(keys.get(given.get("key")), told.digest, given.get("pin"));
  const receipt = await decide(signer.server, told, held);
  byId("sign").elements.pin.value = "";
  byId("sign").hidden = true;
  byId("done").textContent = fill(words.signed, { position: receipt.first });
  byId("done").focus();
  return "";
});
