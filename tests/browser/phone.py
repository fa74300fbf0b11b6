"""The console's phone in a real browser: a stranger registers by typing and tapping, keeps addresses, comes back and is known,
and the graph goes along.

Starts a stack of its own on free ports (`comanda up --ephemeral`, given as the first argument) and a headless Chromium,
which it steers over the DevTools protocol, and ends both. A second argument is a folder for pictures of the pages. What the
pages hold is tested in `local/src/console`; this is about what only a browser does: typing, tapping, the live stream.
"""

import base64
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import websocket

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--remote-debugging-port=0", "--remote-allow-origins=*",
]
PATIENCE_SECONDS = 60


def stack(command):
    """The process, and where its console is."""
    arguments = [command, "--json", "up", "--ephemeral", "--port", "0", "--aws-port", "0"]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    text = ""
    for line in process.stdout:
        text += line
        try:
            return process, json.loads(text)["url"]
        except json.JSONDecodeError:
            continue
    raise SystemExit("the stack did not come up")


def chromium():
    names = [os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"]
    found = next(filter(None, map(shutil.which, filter(None, names))), None)
    return found or sys.exit("error: no Chromium: set CHROMIUM, or `apt-get install chromium`")


class Browser:
    """One page of a headless Chromium."""

    def __init__(self, profile):
        arguments = [chromium(), *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        self.process = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if "DevTools listening on " in line:
                address = line.split("DevTools listening on ")[1].strip()
                break
        else:
            raise SystemExit("the browser did not start")
        # Its other words are not read: a full pipe must not hold it up.
        self.process.stderr.close()
        self.socket = websocket.create_connection(address, timeout=PATIENCE_SECONDS)
        self.numbers = itertools.count(1)
        self.session = None
        self.complaints = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        number = next(self.numbers)
        request = {"id": number, "method": method, "params": parameters}
        if self.session:
            request["sessionId"] = self.session
        self.socket.send(json.dumps(request))
        while True:
            told = json.loads(self.socket.recv())
            if told.get("method") == "Runtime.exceptionThrown":
                self.complaints.append(told["params"])
            if told.get("method") == "Log.entryAdded" and told["params"]["entry"]["level"] == "error":
                self.complaints.append(told["params"])
            if told.get("id") == number:
                assert "error" not in told, told
                return told["result"]

    def see(self, expression):
        """What an expression comes to in the page."""
        told = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def until(self, expression, what):
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            seen = self.see(expression)
            if seen:
                return seen
            time.sleep(0.1)
        text = self.see("document.body.innerText")
        raise AssertionError(f"{what} did not come; the page says:\n{text}")

    def open(self, url):
        self.call("Page.navigate", url=url)
        self.until(f"document.readyState === 'complete' && location.href.startsWith({json.dumps(url)})", url)

    def size(self, width, height, dark=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", features=scheme)

    def picture(self, folder, name):
        if folder:
            picture = self.call("Page.captureScreenshot", format="png")["data"]
            pathlib.Path(folder, f"{name}.png").write_bytes(base64.b64decode(picture))

    def key(self, key, code, text=""):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code,
                      **({"text": text} if text and kind == "keyDown" else {}))

    def write(self, text):
        """Types into the line of the only phone, and sends with the Enter key."""
        self.see("document.querySelector('.composer input[name=text]').focus()")
        self.call("Input.insertText", text=text)
        self.key("Enter", 13, "\r")

    def tap(self, words):
        """Clicks the last button of the chat with these words, where it is on the screen."""
        button = f"""(() => {{
            const all = [...document.querySelectorAll('.chat button, .chat summary')];
            const button = all.findLast((one) => one.innerText.trim().startsWith({json.dumps(words)}) && one.checkVisibility());
            if (!button) return null;
            button.scrollIntoView({{block: 'center'}});
            const box = button.getBoundingClientRect();
            return {{x: box.left + box.width / 2, y: box.top + box.height / 2}};
        }})()"""
        place = self.until(button, f"the button {words!r}")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **place)

    def answered(self, words):
        """Waits until the store's last message has these words."""
        last = "[...document.querySelectorAll('.bubble:not(.mine)')].at(-1)?.innerText"
        self.until(f"{last}?.includes({json.dumps(words)})", f"the answer {words!r}")

    def lit(self, question):
        """Waits until the graph shows that this question is where the talk is."""
        label = "document.querySelector('.graph .node.current')?.getAttribute('aria-label')"
        self.until(f"{label}?.includes({json.dumps(question)}) && {label}?.includes('here now')", f"the light on {question!r}")

    def lit_in_sight(self):
        """Waits until where the talk is can be seen in the graph's frame."""
        seen = """(() => {
            const frame = document.querySelector('.picture').getBoundingClientRect();
            const lit = document.querySelector('.graph .node.current')?.getBoundingClientRect();
            return lit && lit.left >= frame.left && lit.right <= frame.right && lit.top >= frame.top && lit.bottom <= frame.bottom;
        })()"""
        self.until(seen, "the lit question in sight")

    def fits(self):
        """Nothing is wider than the screen."""
        wide = self.see("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"the page is {wide} px too wide"


def register(browser, folder):
    browser.write("Olá, quero fazer um pedido")
    browser.answered("gostaria de saber seu nome")
    browser.lit("Name")
    assert browser.see("document.querySelector('.composer input[name=text]').value") == "", "the line was emptied"
    # What a customer writes is text, whatever it is.
    browser.write("<img src=x onerror=alert(1)>")
    browser.answered("não entendi o nome")
    assert browser.see("document.querySelector('.chat img')") is None
    browser.write("Meu nome é João Silva")
    browser.answered("Obrigado, João!")
    browser.lit("E-mail")
    browser.tap("Pular")
    browser.answered("precisamos do seu endereço")
    browser.lit("Address")
    browser.write("Rua das Flores, 123, Apto 45, Jardim Primavera")
    browser.answered("Confira, por favor")
    browser.lit("All right")
    browser.lit_in_sight()
    browser.picture(folder, "phone-1280")
    browser.tap("Corrigir")
    browser.answered("O que devo corrigir")
    browser.tap("E-mail")
    browser.answered("Qual é o seu e-mail?")
    browser.write("joao.silva@email.com")
    browser.answered("E-mail: joao.silva@email.com")
    browser.tap("Sim, está certo")
    browser.answered("Seu cadastro foi realizado com sucesso.")
    browser.lit("Wish")


def choose(browser, folder):
    browser.tap("Ver opções")
    time.sleep(0.5)  # for the picture alone
    browser.picture(folder, "phone-list")
    browser.tap("Meus endereços")
    browser.answered("Entregamos em Rua das Flores, 123")
    # By keyboard alone: the buttons of the last message come one after the other.
    browser.see("[...document.querySelectorAll('.chat form.choices')].at(-1).querySelector('button').focus()")
    browser.key("Enter", 13, "\r")
    browser.answered("Perfeito! Entregaremos em Rua das Flores, 123")


def wish(browser, words):
    """Taps one of what a customer who is known may want."""
    browser.tap("Ver opções")
    browser.tap(words)


def keep_addresses(browser, folder):
    """000 §3.4: another one is told, one of several is chosen, one is removed."""
    wish(browser, "Meus endereços")
    browser.answered("Entregamos em Rua das Flores, 123")
    browser.tap("Outro endereço")
    browser.answered("Qual é o endereço completo")
    browser.write("Rua Augusta, 10, Consolação")
    browser.answered("Entregaremos em Rua Augusta")
    wish(browser, "Meus endereços")
    browser.answered("Para qual endereço entregamos?")
    browser.picture(folder, "phone-addresses")
    wish(browser, "Rua das Flores, 123")
    browser.answered("Entregaremos em Rua das Flores")
    wish(browser, "Meus endereços")
    browser.answered("Para qual endereço entregamos?")
    wish(browser, "Remover um endereço")
    browser.answered("Qual endereço devo remover?")
    wish(browser, "Rua Augusta, 10")
    browser.answered("removido")


def come_back(browser, folder):
    """000 §5.3: who comes back is known, and greeted by name."""
    wish(browser, "Nada mais")
    browser.answered("Quando precisar, é só chamar.")
    browser.write("Oi")
    browser.answered("Olá, João! Que bom ver você novamente!")
    browser.lit("Wish")
    browser.lit_in_sight()
    browser.picture(folder, "phone-again")


def ticks(browser):
    """All that the store said is read, as the store knows by the channel's reports."""
    read = "[...document.querySelectorAll('.bubble:not(.mine)')].every((one) => one.querySelector('.tick.read'))"
    browser.until(read, "the ticks of what was read")


def main(command, folder=None):
    process, url = stack(command)
    profile = tempfile.mkdtemp(prefix="comanda-browser-")
    browser = None
    try:
        browser = Browser(profile)
        browser.size(1280, 900)
        browser.open(f"{url}/phone")
        browser.see("document.querySelector('.phone h2 a').click()")
        browser.until("!!document.querySelector('[data-follow]')", "the page of one phone")
        register(browser, folder)
        choose(browser, folder)
        keep_addresses(browser, folder)
        come_back(browser, folder)
        ticks(browser)
        browser.picture(folder, "phone-end")
        browser.size(1280, 900, dark=True)
        browser.picture(folder, "phone-dark")
        browser.size(360, 740)
        browser.fits()
        browser.picture(folder, "phone-360")
        here = f"{url}/phone?with=whatsapp:%2B5511987654321&with=whatsapp:%2B5511912345678&with=whatsapp:BR.1502576394655843"
        browser.open(here)
        browser.fits()
        browser.size(1280, 900)
        assert browser.see("document.querySelectorAll('.phone').length") == 3
        browser.picture(folder, "phones-1280")
        assert not browser.complaints, browser.complaints
    finally:
        if browser:
            browser.process.kill()
            browser.process.wait()
        process.kill()
        process.wait()
        shutil.rmtree(profile, ignore_errors=True)
    print("a stranger registered by typing and tapping, kept addresses, and was known again")


main(*sys.argv[1:])
