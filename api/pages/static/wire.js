// What the signing pages share: bytes and their texts, digests as the ledger makes them, and the API under a token.

export const bytesOf = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));
export const hexOf = (bytes) => [...new Uint8Array(bytes)].map((each) => each.toString(16).padStart(2, "0")).join("");
export const bytesOfHex = (text) => Uint8Array.from(text.match(/../g), (each) => parseInt(each, 16));

export function base64url(bytes) {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return text.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

export async function sha256(...parts) {
  const whole = await new Blob(parts).arrayBuffer();
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
}

// As domain/evidence/digest.py: canonical JSON of a flat object whose members are text or whole numbers.
export async function contentDigest(kind, members) {
  const names = Object.keys(members).sort();
  const text = names.map((name) => `${JSON.stringify(name)}:${JSON.stringify(members[name])}`).join(",");
  return hexOf(await sha256(`wenze/${kind}/v1\n`, `{${text}}`));
}

// The commitment to a text that is signed and kept in the vault.
export async function commitment(text, saltHex) {
  return hexOf(await sha256("wenze/sealed/v1\n", bytesOfHex(saltHex), text));
}

// The short code of a key: the first 50 bits of the SHA-256 of its SPKI, in Crockford's base32.
export function codeOf(credential) {
  const bits = [...bytesOfHex(credential.slice(0, 14))].map((each) => each.toString(2).padStart(8, "0")).join("");
  const digits = [...Array(10).keys()].map((n) => "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[parseInt(bits.slice(n * 5, n * 5 + 5), 2)]);
  return `${digits.slice(0, 5).join("")}-${digits.slice(5).join("")}`;
}

// A refusal of the server, in the reader's language.
export class Declined extends Error {
  constructor(problem) {
    super(problem.title);
    this.code = problem.code;
  }
}

// The API as one person uses it. The token is kept here and nowhere else: it is gone when the page is left.
export class Server {
  constructor(token) {
    this.token = token;
    this.office = undefined;
  }

  get(path) {
    return this.#ask(path, {});
  }

  post(path, body = {}) {
    const headers = { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() };
    return this.#ask(path, { method: "POST", body: JSON.stringify(body), headers });
  }

  // The scan of a signed paper, under its SHA-256.
  keepScan(scan, file) {
    return this.#ask(`/scans/${scan}`, { method: "PUT", body: file });
  }

  async #ask(path, request) {
    const headers = { ...request.headers, Authorization: `Bearer ${this.token}`, "Accept-Language": document.documentElement.lang };
    if (this.office) headers["Wenze-Appointment"] = this.office.appointment;
    if (this.office?.delegation) headers["Wenze-Delegation"] = this.office.delegation;
    const answer = await fetch(path, { ...request, headers, credentials: "omit", cache: "no-store" });
    const told = answer.status === 204 ? undefined : await answer.json();
    if (!answer.ok) throw new Declined(told);
    return told;
  }
}
