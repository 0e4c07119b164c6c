import test from "ava";
import { refuseRequest } from "../../host-sim/panel/request-guard.ts";

const port = 8013;
const own = { host: `127.0.0.1:${port}` };
const post = {
  ...own,
  origin: `http://127.0.0.1:${port}`,
  "content-type": "application/json",
  "sec-fetch-site": "same-origin",
};

const refuse = (headers: Record<string, string>, method = "GET", path = "/events") =>
  refuseRequest({ method, path, headers }, port);

test("the page's own requests pass", (t) => {
  t.is(refuse(own), undefined);
  t.is(refuse({ host: `localhost:${port}`, "sec-fetch-site": "none" }, "GET", "/"), undefined);
  t.is(refuse(post, "POST", "/act"), undefined);
  t.is(refuse({ ...post, "content-type": "application/json; charset=utf-8" }, "POST"), undefined);
});

for (const host of [
  "attacker.example:8013",
  "127.0.0.1:8014",
  "127.0.0.1",
  "127.0.0.1.attacker.example:8013",
  "localhost.attacker.example:8013",
  "[::1]:8013",
  "0.0.0.0:8013",
  "",
])
  test(`a rebound name is refused: Host ${host || "empty"}`, (t) => {
    t.is(refuse({ ...own, host }), "foreign-host");
    t.is(refuse({ ...post, host }, "POST"), "foreign-host");
  });

test("a request without a Host is refused", (t) => {
  t.is(refuseRequest({ method: "GET", path: "/", headers: {} }, port), "foreign-host");
});

for (const origin of [
  "http://attacker.example",
  "http://127.0.0.1:8014",
  `https://127.0.0.1:${port}`,
  `http://localhost:${port}`,
  "null",
])
  test(`a foreign page is refused: Origin ${origin}`, (t) => {
    t.is(refuse({ ...own, origin }), "foreign-origin");
    t.is(refuse({ ...post, origin }, "POST"), "foreign-origin");
  });

test("parts of the page are not handed to other sites, even on this machine", (t) => {
  for (const site of ["cross-site", "same-site"]) {
    t.is(refuse({ ...own, "sec-fetch-site": site, "sec-fetch-mode": "no-cors" }), "foreign-site");
    t.is(refuse({ ...own, "sec-fetch-site": site, "sec-fetch-mode": "navigate" }), "foreign-site");
  }
});

test("a link from elsewhere may open the page", (t) => {
  const link = { ...own, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
  t.is(refuse(link, "GET", "/"), undefined);
  t.is(refuse({ ...link, "sec-fetch-mode": "no-cors" }, "GET", "/"), "foreign-site");
});

test("an action needs an origin and JSON", (t) => {
  const { origin: _, ...withoutOrigin } = post;
  t.is(refuse(withoutOrigin, "POST"), "origin-missing");
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "text/json", ""])
    t.is(refuse({ ...post, "content-type": type }, "POST"), "not-json");
});
