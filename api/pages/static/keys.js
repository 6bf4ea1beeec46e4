// /keys: make a key of one's own, and vouch for somebody else's.

import * as browserKey from "./browser_key.js";
import * as passkey from "./passkey.js";
import { Signer, byId, element, fill, onSubmit, words } from "./signer.js";
import { bytesOfHex, codeOf, contentDigest, hexOf, sha256 } from "./wire.js";

const MIN_PIN = 6;
let signer;

onSubmit(byId("token"), async (given) => {
  signer = await Signer.of(given.get("token"));
  const offices = signer.titles().map((each, number) => element("option", each, { value: number }));
  byId("office").replaceChildren(...offices);
  for (const each of document.querySelectorAll("[data-signed-in]")) each.hidden = false;
  byId("vouch").hidden = signer.offices.length === 0;
  await showKeys();
  return fill(words.signed_in, { name: signer.title });
});

async function showKeys() {
  const keys = await signer.keys();
  byId("own").replaceChildren(
    ...keys.map((each) => {
      const line = element("li", "");
      line.append(element("code", each.code), ` ${words.strengths[each.strength]} `, element("strong", words.standings[each.standing]));
      if (!each.here) line.append(` ${words.elsewhere}`);
      return line;
    }),
  );
  byId("none").hidden = keys.length > 0;
}

onSubmit(byId("passkey"), async () => {
  if (!passkey.possible()) throw new Error(words.no_passkeys);
  const asked = await signer.server.post("/api/v1/signing/key_options");
  const { public_key: spki, ...made } = await passkey.make(asked.passkey);
  return waiting({ ...made, nonce: asked.nonce }, hexOf(await sha256(spki)));
});

onSubmit(byId("pin"), async (given) => {
  const pin = given.get("pin");
  if (pin.length < MIN_PIN) throw new Error(words.short_pin);
  if (pin !== given.get("again")) throw new Error(words.other_pin);
  const { nonce, person } = await signer.server.post("/api/v1/signing/key_options");
  const key = await browserKey.make(person, pin);
  const proved = await contentDigest("enrolment", { nonce, person, public_key: key.public_key });
  const signature = await browserKey.sign(key.credential, pin, bytesOfHex(proved));
  byId("pin").reset();
  const made = { method: "ed25519", nonce, public_key: key.public_key, signature, strength: "key_browser" };
  return waiting(made, key.credential);
});

// The code is computed here as well: a server that put another key in the place of this one would be found out.
async function waiting(made, credential) {
  const told = await signer.server.post("/api/v1/signing/ask_enrolment", { made });
  if (told.credential !== credential || told.code !== codeOf(credential)) throw new Error(words.another_key);
  byId("code").textContent = told.code;
  byId("waiting").hidden = false;
  byId("waiting").focus();
  return words.made;
}

onSubmit(byId("vouch"), async (given, button) => {
  signer.actAs(Number(given.get("office")));
  const code = given.get("code").trim().toUpperCase();
  if (button.value === "look") {
    const told = await signer.server.get(`/api/v1/signing/pending_enrolments/${encodeURIComponent(code)}`);
    if (codeOf(told.credential) !== told.code) throw new Error(words.another_key);
    byId("seen").textContent = fill(words.seen, { person: told.person.slice(-8), strength: words.strengths[told.strength], credential: told.credential });
    byId("confirm").hidden = false;
    byId("confirm").textContent = fill(words.confirm, { name: signer.title });
    return "";
  }
  const receipt = await signer.server.post("/api/v1/signing/confirm_enrolment", { code });
  byId("confirm").hidden = true;
  byId("seen").textContent = "";
  return fill(words.enrolled, { position: receipt.first });
});

byId("vouch").elements.code.addEventListener("input", () => {
  byId("confirm").hidden = true;
  byId("seen").textContent = "";
});
