// Starts what Wagtail's widgets would start by inline scripts. Only what stands here can be started, whatever a page says.
(() => {
  const called = ['initDateChooser', 'initTimeChooser', 'initDateTimeChooser', 'createTaskChooser']
  const constructed = ['Chooser', 'PageChooser', 'ImageChooser', 'DocumentChooser', 'SnippetChooser', 'InlinePanel', 'MultipleChooserPanel']

  function start (block) {
    if (block.dataset.started) return
    block.dataset.started = 'yes'
    const name = block.dataset.start
    const what = window[name]
    if (typeof what !== 'function') return
    const given = JSON.parse(block.textContent)
    if (called.includes(name)) what(...given)
    else if (constructed.includes(name)) new what(...given) // eslint-disable-line no-new, new-cap
  }

  function startAll (under) {
    for (const block of under.querySelectorAll('script[type="application/json"][data-start]')) {
      if (!block.closest('template')) start(block)
    }
  }

  // Before DOMContentLoaded: then menus take their buttons out of the page, and choosers could not find them any more.
  document.addEventListener('readystatechange', () => startAll(document), { once: true })

  document.addEventListener('DOMContentLoaded', () => {
    startAll(document)
    new MutationObserver(changes => {
      for (const change of changes) {
        for (const node of change.addedNodes) {
          if (node.nodeType !== Node.ELEMENT_NODE) continue
          if (node.matches('script[data-start]')) start(node)
          else startAll(node)
        }
      }
    }).observe(document.body, { childList: true, subtree: true })
  })
})()
