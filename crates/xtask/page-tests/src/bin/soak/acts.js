// What a reader does on the page, all of it once a round: each act goes on when what it shows is there, and tells how many acts it was.
// It runs in the page and not by remote control, because a remote control keeps something of every element that it has asked about.
const PATIENCE = 1200; // frames

const frame = () => new Promise((done) => requestAnimationFrame(done));
const one = (css) => document.querySelector(css);

async function until(what, holds) {
  for (let n = 0; n < PATIENCE; n++) {
    const found = holds();
    if (found) return found;
    await frame();
  }
  throw new Error(`waited for ${what} in vain`);
}

const shown = (css) => until(css, () => one(css));
const gone = (css) => until(`the end of ${css}`, () => !one(css));
const click = async (css) => (await shown(css)).click();
const says = (css, words) => until(`${words} in ${css}`, () => one(css)?.innerText.includes(words));

function type(field, value, kind) {
  field.value = value;
  field.dispatchEvent(new Event(kind, { bubbles: true }));
}

/** Goes to a story, without another document. */
async function story(preset) {
  location.hash = `#p=${preset}`;
  await until(`the link of ${preset}`, () => location.hash.startsWith(`#p=${preset}&`));
  // The address is a little ahead of the picture.
  await frame();
  await frame();
  await shown('svg.diagram .packet');
  await shown('form.groups');
}

const ACTS = {
  async edits() {
    await story('pyroscope-idle-race');
    const field = "[id='servers.pyroscope.options.IdleTimeout']";
    for (let n = 0; n < 40; n++) {
      type(await shown(field), `${10 + n}s`, 'change');
      await frame();
      await frame();
    }
    for (const [button, times] of [['#undo', 20], ['#redo', 10]]) {
      for (let n = 0; n < times; n++) {
        await click(button);
        await frame();
        await frame();
      }
    }
    await shown('.wy-strip');
    return 71;
  },

  async play() {
    await story('pyroscope-idle-race');
    type(await shown('#speed'), '9', 'change');
    await click('#play');
    await until('the end', () => one('#show-all').disabled && !one('.curtain'));
    for (let n = 0; n < 10; n++) {
      await click('#step-back');
      await frame();
    }
    await click('#show-all');
    return 14;
  },

  async moments() {
    await story('two-keep-alives-elb');
    await click('#instant');
    await shown("[data-table='sockets']");
    for (let n = 0; n < 10; n++) {
      await click('#step-back');
      await frame();
    }
    await click('#instant');
    await gone('#instant-tables');
    return 13;
  },

  async looks() {
    await story('silent-switch');
    await click('#look-open');
    for (const axis of ['#axis-even', '#axis-equal', '#axis-nonlinear']) {
      await click(axis);
      await shown(`${axis}[aria-pressed='true']`);
    }
    await click('#look-reset');
    await click('#look-open');
    await gone('#look');
    return 7;
  },

  async compares() {
    await story('pyroscope-idle-race');
    await click('#compare-with');
    const node = () => [...document.querySelectorAll('[data-with]')].find((b) => b.dataset.with.includes('Node'));
    (await until('Node', node)).click();
    await shown('figure.before svg.diagram .packet');
    await click('#compare');
    await gone('figure.before');
    await click('.remedy .apply');
    await shown('.verdict.good');
    await click('#compare');
    await shown('figure.before svg.diagram');
    await click('#undo');
    await shown('.verdict.bad');
    return 7;
  },

  async sweeps() {
    await story('pyroscope-idle-race');
    await click('#sweep');
    await click('#sweep-go');
    await shown('.sweep-picture svg');
    await click('#sweep-window .close');
    await gone('dialog');
    return 4;
  },

  async imports() {
    const field = Object.assign(document.createElement('input'), { type: 'file', className: 'open-file' });
    document.body.append(field);
    const chosen = new DataTransfer();
    const bytes = Uint8Array.from(atob(window.capture), (c) => c.charCodeAt(0));
    chosen.items.add(new File([bytes], 'capture.pcap'));
    field.files = chosen.files;
    field.dispatchEvent(new Event('change', { bubbles: true }));
    field.remove();
    await shown('.flow[aria-current]');
    await shown('svg.diagram .packet');
    await click('#simulate');
    await shown('form.groups');
    return 2;
  },

  async lessons() {
    for (const number of [1, 3, 5, 8]) {
      location.hash = `#lesson=${number}`;
      await says('#lesson h2', `${number}.`);
      await click('#lesson-show');
      await shown('.surprise');
    }
    await click('#lesson-leave');
    await shown('form.groups');
    return 9;
  },

  async json() {
    await story('pyroscope-idle-race');
    await click('#as-json');
    const field = await shown('#json');
    const seed = Math.floor(Math.random() * 1000) + 100;
    type(field, field.value.replace(/"seed": ?\d+/, `"seed": ${seed}`), 'input');
    await until('what was typed', () => !one('#run-json').disabled);
    await click('#run-json');
    await click('#as-form');
    await shown('form.groups');
    return 5;
  },

  async scenarios() {
    await click('#scenarios');
    await click('#gallery-window .close');
    await gone('dialog');
    const presets = ['two-keep-alives', 'node-six-seconds', 'shutdown-race', 'fin-lost', 'nat-350s', 'body-leak'];
    for (const preset of presets) await story(preset);
    return 8;
  },

  async windows() {
    const all = ['lessons', 'error', 'cast', 'share', 'export', 'keys'];
    for (const name of all) {
      await click(`#${name}`);
      await click(`#${name}-window .close`);
      await gone('dialog');
    }
    return 2 * all.length;
  },

  async languages() {
    for (const [word, lang] of [['中文', 'zh'], ['EN', 'en']]) {
      const button = () => [...document.querySelectorAll('button')].find((b) => b.innerText === word);
      (await until(word, button)).click();
      await until(lang, () => document.documentElement.lang.startsWith(lang));
    }
    for (let n = 0; n < 3; n++) await click('#theme');
    return 5;
  },
};

window.act = (name) => ACTS[name]();
window.acts = Object.keys(ACTS);
