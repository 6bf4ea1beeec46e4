// One decision: asked for, told by the server as it will be signed, and checked here against what was asked.

import { words } from "./signer.js";
import { commitment, contentDigest, hexOf } from "./wire.js";

const REPORTS = { sign: "sign_report", return: "return_report", refuse: "refuse_signature", attest_zero: "attest_zero" };
const ROLLUPS = { sign: "sign_rollup", return: "return_rollup" };

// What is to be decided, as the API takes it, over the digest that stands now.
export async function decisionOf(server, given) {
  const subject = given.get("subject").trim();
  const isRollup = subject.startsWith("f2-");
  const command = (isRollup ? ROLLUPS : REPORTS)[given.get("decision")];
  if (!command) throw new Error(words.no_such_decision);
  const asked = isRollup ? { command, rollup: subject } : { command, report: subject };
  asked.digest = await (isRollup ? rollupDigest : reportDigest)(server, subject);
  if (!isRollup && command !== "attest_zero") asked.level = Number(given.get("level"));
  if (given.get("section")) asked.section = given.get("section").trim();
  if (command.startsWith("sign_") && given.get("examined")) asked.examined = given.get("examined");
  const reason = given.get("reason").trim().normalize("NFC");
  if (["return", "refuse"].includes(given.get("decision"))) {
    if (!reason) throw new Error(words.reason_needed);
    asked.reason = { text: reason, salt: hexOf(crypto.getRandomValues(new Uint8Array(32))) };
  }
  return asked;
}

async function reportDigest(server, report) {
  const { row } = await server.get(`/api/v1/reports/${encodeURIComponent(report)}`);
  if (!row.digest) throw new Error(words.nothing_filed);
  return row.digest;
}

async function rollupDigest(server, rollup) {
  const [, day, district] = rollup.split(".");
  const { rows } = await server.get(`/api/v1/views/rollup_tree?first_day=${day}&last_day=${day}&district=${district}`);
  const found = rows.find((each) => each.rollup.rollup === rollup);
  if (!found) throw new Error(words.nothing_filed);
  return found.rollup.digest;
}

// The statement, with its digest made anew from its own members. Raises where it is not what was asked for.
export async function statementOf(server, asked, onPaper) {
  const told = await server.post("/api/v1/signing/statements", { decisions: [asked], on_paper: onPaper });
  const [{ statement, digest, zh, en, problem, subject }] = told.statements;
  if (problem) throw new Error(problem.title);
  const decision = Object.entries({ ...REPORTS, sign: asked.rollup ? ROLLUPS.sign : REPORTS.sign, return: asked.rollup ? ROLLUPS.return : REPORTS.return });
  const wanted = { digest: asked.digest, nonce: told.nonce, decision: decision.find(([, each]) => each === asked.command)[0], examined: asked.examined };
  if ("level" in asked) wanted.level = asked.level;
  if (asked.reason) wanted.reason = await commitment(asked.reason.text, asked.reason.salt);
  const differs = Object.entries(wanted).some(([name, value]) => statement[name] !== value);
  if (differs || (await contentDigest("signature", statement)) !== digest) throw new Error(words.another_statement);
  return { asked, subject, statement, digest, zh, en, nonce: told.nonce };
}

// Carries out what was signed.
export function decide(server, told, held) {
  const { command, ...body } = told.asked;
  return server.post(`/api/v1/reporting/${command}`, { ...body, nonce: told.nonce, held });
}
