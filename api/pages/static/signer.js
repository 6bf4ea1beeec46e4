// Who sits here: a token names a person, the server tells what it knows of that person, and a key signs.

import * as browserKey from "./browser_key.js";
import * as passkey from "./passkey.js";
import { Server, bytesOfHex } from "./wire.js";

export const words = JSON.parse(document.querySelector("[data-words]").dataset.words);
export const byId = (id) => document.getElementById(id);

export function fill(sentence, holes) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => holes[name]);
}

export function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [each, value] of Object.entries(attributes)) made.setAttribute(each, value);
  return made;
}

// Does what a form asks for. While it is done its buttons rest; what goes wrong is said in the form's own status line.
export function onSubmit(form, act) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = form.querySelector("[role=status]");
    const buttons = [...form.querySelectorAll("button")];
    buttons.forEach((each) => (each.disabled = true));
    said.className = "said";
    said.textContent = words.waiting;
    try {
      said.textContent = (await act(new FormData(form), event.submitter)) ?? "";
    } catch (error) {
      said.className = "said wrong";
      said.textContent = inWords(error);
    } finally {
      buttons.forEach((each) => (each.disabled = false));
    }
  });
}

function inWords(error) {
  return { NotAllowedError: words.not_allowed, OperationError: words.wrong_pin, InvalidStateError: words.not_allowed, SecurityError: words.no_passkeys }[error.name] ?? error.message;
}

export class Signer {
  // Whose token it is.
  static async of(token) {
    const server = new Server(token.trim());
    return new Signer(server, await server.get("/api/v1/signing/signer"));
  }

  constructor(server, told) {
    this.server = server;
    this.person = told.person;
    this.name = told.name ?? told.person.slice(-8);
    this.offices = told.offices;
    this.actAs(0);
  }

  actAs(number) {
    this.server.office = this.offices[number];
  }

  titles() {
    return this.offices.map((each) => `${this.name} · ${words.roles[each.role] ?? each.role} · ${each.name}`);
  }

  // Name, post and school: they stand on the button that signs.
  get title() {
    return this.titles()[this.offices.indexOf(this.server.office)] ?? this.name;
  }

  async keys() {
    const { credentials } = await this.server.get("/api/v1/signing/credentials");
    const here = new Set((await browserKey.all()).map((each) => each.credential));
    return credentials.map((each) => ({ ...each, here: each.method === "webauthn" ? passkey.possible() : here.has(each.credential) }));
  }

  // What a key of this person makes of a digest.
  async sign(key, digest, pin) {
    const message = bytesOfHex(digest);
    const made =
      key.method === "webauthn" ? await passkey.sign(key, message) : { signature: await browserKey.sign(key.credential, pin, message) };
    return { method: key.method, credential: key.credential, ...made };
  }
}

// The keys that can sign here, as choices of a select.
export async function offerKeys(select, signer) {
  const usable = (await signer.keys()).filter((each) => each.standing === "usable" && each.here);
  select.replaceChildren(...usable.map((each) => element("option", `${words.strengths[each.strength]} · ${each.code}`, { value: each.credential })));
  return new Map(usable.map((each) => [each.credential, each]));
}
