"""A page in Chromium, loaded through the gateway over HTTP/2."""

import json

from harness import documents
from harness.browser import Browser
from harness.case import EdgeTest
from harness.certificates import certificate
from harness.waiting import eventually

IMAGES = 20
PAGE = """<!doctype html><title>page</title><link rel="stylesheet" href="/style.css"><script src="/script.js"></script>
%s
<script>
const listed = () => performance.getEntriesByType("resource").map(each => [new URL(each.name).pathname, each.nextHopProtocol]);
addEventListener("load", async () => {
  const body = "b".repeat(300000);
  const echoed = await (await fetch("/echo", {method: "POST", body})).text();
  const aborted = Array.from({length: 20}, async () => {
    const controller = new AbortController();
    const answer = fetch("/never", {signal: controller.signal}).catch(error => error.name);
    setTimeout(() => controller.abort(), 1);
    return answer;
  });
  const result = {script: window.fromScript, colour: getComputedStyle(document.body).color, echo: echoed === body,
                  images: [...document.images].filter(each => each.naturalWidth === 1).length,
                  aborted: await Promise.all(aborted), page: performance.getEntriesByType("navigation")[0].nextHopProtocol,
                  resources: listed()};
  result.after = await (await fetch("/echo", {method: "POST", body: "still there"})).text();
  await fetch("/result", {method: "POST", body: JSON.stringify(result)});
});
</script>""" % "".join(f'<img src="/{n}.svg">' for n in range(IMAGES))
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'
FILES = {"/": ("text/html", PAGE), "/style.css": ("text/css", "body { color: rgb(1, 2, 3) }"),
         "/script.js": ("text/javascript", "window.fromScript = 'yes'"),
         **{f"/{n}.svg": ("image/svg+xml", SVG) for n in range(IMAGES)}}


class Site:
    """The page's origin; `result` is what the page found out."""

    def __init__(self, files):
        self.files, self.result = files, None

    def __call__(self, exchange):
        body, target = exchange.read_body(), exchange.request.target
        if target == "/echo":
            exchange.respond(200, body)
        elif target == "/result":
            exchange.respond(204)
            self.result = json.loads(body)
        elif target == "/never":
            exchange.await_cancel()
        elif target in self.files:
            kind, text = self.files[target]
            exchange.respond(200, text, [f"Content-Type: {kind}"])
        else:
            exchange.respond(404, "")


class Page(EdgeTest):
    def test_it_loads_over_http_2_with_all_it_needs(self):
        site = Site(FILES)
        edge = self.gateway(
            documents.gateway(documents.https_server("page.example", credential="page")),
            documents.virtual_service(documents.to("origin"), hosts=["page.example"]),
            documents.service("origin", self.origin(site)), documents.secret("page", certificate("page.example")))
        with Browser(f"https://page.example:{edge.https}/", "page.example") as browser:
            eventually(lambda: site.result, browser.output, patience=120)
        result = site.result
        self.assertEqual((result["script"], result["colour"], result["images"], result["echo"]), ("yes", "rgb(1, 2, 3)", IMAGES, True))
        self.assertEqual((result["aborted"], result["after"]), (["AbortError"] * 20, "still there"))
        protocols = {path: protocol for path, protocol in result["resources"] if path != "/never"}
        self.assertLessEqual({"/style.css", "/script.js", "/echo", "/0.svg"}, set(protocols))
        self.assertEqual({result["page"], *protocols.values()}, {"h2"}, result)


TALK = """<!doctype html><title>talk</title><script>
const socket = new WebSocket(`wss://${location.host}/echo`);
const heard = [];
socket.onopen = () => socket.send("from the page");
socket.onmessage = ({data}) => { heard.push(data); if (heard.length === 2) socket.close(4001, "enough"); };
socket.onclose = ({code, reason, wasClean}) => fetch("/result", {method: "POST", body: JSON.stringify({heard, code, reason, wasClean})});
</script>"""


class Talk(EdgeTest):
    def test_a_page_of_http_2_opens_a_websocket_on_its_connection(self):
        site = Site({"/": ("text/html", TALK)})
        edge = self.gateway(
            documents.gateway(documents.https_server("page.example", credential="page")),
            documents.virtual_service({"match": [{"uri": {"exact": "/echo"}}], **documents.to("talk")}, documents.to("origin"),
                                      hosts=["page.example"]),
            documents.service("origin", self.origin(site)), documents.service("talk", self.peer("ws_server.js")),
            documents.secret("page", certificate("page.example")))
        with Browser(f"https://page.example:{edge.https}/", "page.example") as browser:
            eventually(lambda: site.result, browser.output, patience=120)
        self.assertEqual((sorted(site.result["heard"]), site.result["code"], site.result["reason"], site.result["wasClean"]),
                         (["from the page", "ponged hi"], 4001, "enough", True))
        self.assertIn(("/echo", "HTTP/2"), [(line["path"], line["protocol"]) for line in edge.await_log(3)])
