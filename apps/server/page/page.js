const element = (id) => document.getElementById(id);
const [drop, file, model, token, preview, status, results] = ['drop', 'file', 'model', 'token', 'preview', 'status', 'results'].map(
  element,
);

const headers = () => (token.value ? { authorization: `Bearer ${token.value}` } : {});

async function ask(path, options) {
  const response = await fetch(path, { ...options, headers: { ...headers(), ...options?.headers } });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

function say(text, isError = false) {
  status.textContent = text;
  status.className = isError ? 'error' : '';
}

async function listModels() {
  const { models } = await ask('v2/models');
  model.replaceChildren(...models.map((name) => new Option(name)));
}

let latest = 0;

async function classify(photo) {
  const own = ++latest; // an answer that comes late is of another photo
  URL.revokeObjectURL(preview.src);
  preview.src = URL.createObjectURL(photo);
  preview.alt = photo.name;
  preview.hidden = false;
  results.replaceChildren();
  say('Looking …');
  const started = performance.now();
  try {
    if (!model.value) await listModels();
    const { predictions } = await ask(`classify?model=${encodeURIComponent(model.value)}`, {
      method: 'POST',
      body: photo,
      headers: { 'content-type': photo.type || 'application/octet-stream' },
    });
    if (own !== latest) return;
    results.replaceChildren(...predictions.map(row));
    say(`${predictions[0].label}, in ${Math.round(performance.now() - started)} ms.`);
  } catch (error) {
    if (own === latest) say(error.message, true);
  }
}

function row({ label, probability }) {
  const name = Object.assign(document.createElement('span'), { textContent: label });
  const share = Object.assign(document.createElement('span'), { textContent: `${(100 * probability).toFixed(1)} %` });
  const meter = Object.assign(document.createElement('meter'), { max: 1, value: probability });
  meter.setAttribute('aria-label', label);
  const line = document.createElement('li');
  line.append(name, share, meter);
  return line;
}

const take = (files) => {
  if (files?.[0]) classify(files[0]);
};

file.addEventListener('change', () => take(file.files));
model.addEventListener('change', () => take(file.files));
token.addEventListener('change', () =>
  listModels().then(
    () => say(''),
    (error) => say(error.message, true),
  ),
);
for (const [event, isOver] of [
  ['dragover', true],
  ['dragleave', false],
  ['drop', false],
])
  drop.addEventListener(event, (what) => {
    what.preventDefault();
    drop.classList.toggle('over', isOver);
    if (event === 'drop') take(what.dataTransfer?.files);
  });
// Missing the spot must not leave the page.
for (const event of ['dragover', 'drop']) window.addEventListener(event, (what) => what.preventDefault());

element('form').addEventListener('submit', (event) => event.preventDefault());
element('address').textContent = new URL('.', location.href).href;
listModels().catch((error) => say(error.message, true));
