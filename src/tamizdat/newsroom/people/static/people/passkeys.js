// Buttons for passkeys show themselves only where the browser has passkeys for this address; and what goes wrong is said.
const has = Boolean(window.PublicKeyCredential) && window.isSecureContext && !/^[\d.]+$|^\[/.test(location.hostname)
for (const each of document.querySelectorAll('[data-people-passkey]')) each.hidden = !has
for (const each of document.querySelectorAll('[data-people-no-passkey]')) each.hidden = has

document.addEventListener('allauth.error', event => {
  event.preventDefault()
  const place = document.querySelector('[data-people-passkey-fault]')
  if (place) place.hidden = false
})
