// Passkeys: made and used only with the person verified; what the browser gives goes on byte for byte.

import { base64url, bytesOf } from "./wire.js";

export const possible = () => "PublicKeyCredential" in window && isSecureContext;

export async function make(options) {
  const asked = { ...options, challenge: bytesOf(options.challenge), user: { ...options.user, id: bytesOf(options.user.id) } };
  asked.excludeCredentials = (options.excludeCredentials ?? []).map((each) => ({ ...each, id: bytesOf(each.id) }));
  const made = await navigator.credentials.create({ publicKey: asked });
  return {
    method: "webauthn",
    credential_id: base64url(made.rawId),
    client_data: base64url(made.response.clientDataJSON),
    attestation_object: base64url(made.response.attestationObject),
    public_key: made.response.getPublicKey(),
  };
}

// The digest's 32 bytes are the challenge.
export async function sign(key, digest) {
  const allowed = [{ type: "public-key", id: bytesOf(key.credential_id) }];
  const asked = { challenge: digest, rpId: key.rp_id, allowCredentials: allowed, userVerification: "required", timeout: 300_000 };
  const { response } = await navigator.credentials.get({ publicKey: asked });
  return {
    signature: base64url(response.signature),
    client_data: base64url(response.clientDataJSON),
    authenticator_data: base64url(response.authenticatorData),
  };
}
