"use strict";
// The only script there is: passkeys need one. It asks the server what to show, hands that to the browser,
// and sends the answer back.
(() => {
  const bytes = (text) =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const send = async (address, mark, body) => {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Ephor-Form": mark },
      body: JSON.stringify(body),
    });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.error ? said.error.message : "It did not work.");
    return said;
  };
  const shown = (credential) => {
    const of = credential.response;
    const response = { clientDataJSON: text(of.clientDataJSON) };
    if (of.attestationObject) response.attestationObject = text(of.attestationObject);
    if (of.getTransports) response.transports = of.getTransports();
    if (of.authenticatorData) {
      response.authenticatorData = text(of.authenticatorData);
      response.signature = text(of.signature);
      response.userHandle = of.userHandle ? text(of.userHandle) : null;
    }
    return {
      id: credential.id, rawId: text(credential.rawId), type: credential.type, response,
      extensions: credential.getClientExtensionResults(),
    };
  };
  const run = async (button) => {
    const { start, finish, mark, ceremony } = button.dataset;
    const field = document.getElementById("passkey-name");
    const name = field ? field.value : "";
    const asked = await send(start, mark, JSON.parse(button.dataset.demand || "{}"));
    // Something has to be shown first.
    if (asked.to) {
      location.assign(asked.to);
      return;
    }
    const { publicKey } = asked;
    publicKey.challenge = bytes(publicKey.challenge);
    for (const list of [publicKey.allowCredentials, publicKey.excludeCredentials]) {
      for (const known of list || []) known.id = bytes(known.id);
    }
    if (publicKey.user) publicKey.user.id = bytes(publicKey.user.id);
    const credential = ceremony === "create"
      ? await navigator.credentials.create({ publicKey })
      : await navigator.credentials.get({ publicKey });
    const { to } = await send(finish, mark, { name, credential: shown(credential) });
    location.assign(to);
  };
  for (const button of document.querySelectorAll("button[data-ceremony]")) {
    if (!window.PublicKeyCredential) continue;
    button.hidden = false;
    const told = document.getElementById("passkey-told");
    button.addEventListener("click", async () => {
      button.disabled = true;
      told.hidden = true;
      try {
        await run(button);
      } catch (wrong) {
        told.textContent = wrong.name === "NotAllowedError"
          ? "The passkey was not used. Try again, or sign in another way."
          : wrong.message;
        told.hidden = false;
      }
      button.disabled = false;
    });
  }
})();
