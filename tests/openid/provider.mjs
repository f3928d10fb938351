// An OpenID Connect provider on loopback, for tests: oidc-provider, which is certified by the OpenID Foundation.
// usage: node provider.mjs CLIENTS    a list of clients as JSON. Prints its address once it listens.
//
// Whoever signs in is taken at their word: the name that they type is their subject, and what stands behind its "@" the
// group that they are in.
import { createServer } from "node:http";
import Provider from "oidc-provider";

const clients = JSON.parse(process.argv[2]);
const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients,
    claims: { openid: ["sub"], profile: ["preferred_username"], groups: ["groups"] },
    scopes: ["openid", "offline_access", "profile", "groups"],
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, preferred_username: id.split("@")[0], groups: [id.split("@")[1] ?? "nobody"] }),
    }),
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
