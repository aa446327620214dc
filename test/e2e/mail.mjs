// Plays Amazon SES on loopback at a port of its own, prints its address, and reads mail as a mail program
// does: each line of standard input is a mail in base64, each line of the answer what stands in it. It
// stops when standard input ends.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { simpleParser } from "mailparser";

const ses = createRequire(import.meta.url)("aws-ses-v2-local").default;
const server = await ses({ host: "127.0.0.1", port: 0 });
console.log(`http://127.0.0.1:${server.address().port}`);

for await (const line of createInterface({ input: process.stdin })) {
  // Links of the text stay as they are, and nothing is made of the HTML.
  const mail = await simpleParser(Buffer.from(line, "base64"), { skipTextToHtml: true, skipHtmlToText: true, skipTextLinks: true });
  const addresses = (field) => (field ? field.value.map((one) => [one.name, one.address]) : []);
  console.log(JSON.stringify({
    subject: mail.subject, text: mail.text, html: mail.html, from: addresses(mail.from), to: addresses(mail.to), replyTo: addresses(mail.replyTo),
    references: mail.references, inReplyTo: mail.inReplyTo, attachments: mail.attachments.length, priority: mail.headers.get("priority"),
    fields: mail.headerLines.map((one) => one.key),
  }));
}
process.exit(0);
