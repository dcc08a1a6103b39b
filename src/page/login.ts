// What runs in the page that asks for the token of a dashboard: the token goes into a header once, and the server
// answers by a cookie. It may also come in the fragment of the address, which browsers send to nobody.

const form = document.querySelector<HTMLFormElement>('[data-part="form"]');
const input = document.querySelector<HTMLInputElement>('#token');
const fault = document.querySelector<HTMLElement>('[data-part="fault"]');

async function give(token: string): Promise<void> {
  const words = await fetch('/session', { headers: { authorization: `Bearer ${token}` } }).then(
    ({ status }) => (status === 204 ? '' : status === 401 ? 'This is not the token.' : `The answer is ${status}.`),
    () => 'The dashboard does not answer.',
  );
  if (words === '') location.replace('/');
  else if (fault !== null) fault.textContent = words;
}

form?.addEventListener('submit', (event) => {
  event.preventDefault();
  // What is no letter of a token would be no header either.
  void give((input?.value ?? '').trim().replace(/[^\x21-\x7e]/g, '?'));
});

const given = /^#token=([\x21-\x7e]+)$/.exec(location.hash)?.[1];
if (given !== undefined) {
  history.replaceState(null, '', '/');
  void give(given);
}
