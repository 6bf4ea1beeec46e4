// A statement on paper: printed, signed by hand, scanned, and attested by a second person's own key.

import { Signer, byId, element, fill, offerKeys, onSubmit, words } from "./signer.js";
import { decide } from "./statement.js";
import { contentDigest, hexOf, sha256 } from "./wire.js";

let signer, told, second, keys;

export function offerPaper(who, what) {
  [signer, told, second] = [who, what, undefined];
  byId("paperzh").textContent = told.zh;
  byId("paperen").textContent = told.en;
  byId("signedby").textContent = signer.title;
  byId("groups").replaceChildren(...told.digest.match(/.{4}/g).map((each) => element("span", each)));
  const query = new URLSearchParams({ subject: told.subject, digest: told.digest });
  byId("qr").src = `/sign/qr.svg?${query}`;
  byId("paper").hidden = false;
  byId("attestor").hidden = false;
  byId("attest").hidden = true;
  byId("paper").focus();
}

export function withdrawPaper() {
  for (const each of ["paper", "attestor", "attest"]) byId(each).hidden = true;
}

byId("print").addEventListener("click", () => print());

onSubmit(byId("attestor"), async (given) => {
  second = await Signer.of(given.get("token"));
  if (second.person === signer.person) throw new Error(words.second_person);
  keys = await offerKeys(byId("attestkey"), second);
  if (keys.size === 0) throw new Error(words.no_key_here);
  byId("attests").textContent = fill(words.attests, { name: second.title, signer: signer.title });
  byId("attest").hidden = false;
  askForPin();
  return fill(words.signed_in, { name: second.title });
});

function askForPin() {
  byId("attestpinned").hidden = keys.get(byId("attestkey").value)?.method !== "ed25519";
}

byId("attestkey").addEventListener("change", askForPin);

onSubmit(byId("attest"), async (given) => {
  const file = given.get("scan");
  if (!file.size) throw new Error(words.scan_needed);
  const scan = hexOf(await sha256(file));
  const digest = await contentDigest("paper", { scan, signed: told.digest, signer: signer.person });
  const held = await second.sign(keys.get(given.get("key")), digest, given.get("pin"));
  await signer.server.keepScan(scan, file); // the signer's own: sealed under that person's key
  const paper = { scan, attested_by: second.person };
  const receipt = await decide(signer.server, told, { ...held, method: "paper", paper });
  withdrawPaper();
  byId("done").textContent = fill(words.signed_on_paper, { position: receipt.first, scan: scan.slice(0, 16) });
  byId("done").focus();
  return "";
});
