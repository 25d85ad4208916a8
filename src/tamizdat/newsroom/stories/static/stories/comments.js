// What comes back of a save takes the place of all comments: with Wagtail, whatever is being written then, a comment, a
// reply, an edit, is gone. So where something is, only what the server said is noted: which number it gave to what was
// sent, and that this is saved. Where something was taken away, Wagtail does begin anew, and gets back what was unsaid.
(() => {
  const app = () => window.comments?.commentApp;
  const now = () => app().store.getState().comments;
  const dispatch = (action) => app().store.dispatch(action);
  let sent; // The comments as they left. A change makes another map: this one stays what it was.

  document.addEventListener("w-autosave:save", () => {
    sent = app() && now().comments;
  });

  document.addEventListener(
    "w-autosave:success",
    ({ detail }) => {
      const answer = detail.data?.comments;
      if (!answer || !sent || (sent === now().comments && !isWriting())) return;
      if (hasRemoved(sent)) {
        setTimeout(putBack, 0, now(), sent);
        return;
      }
      delete detail.data.comments;
      for (const was of sent.values()) if (was.mode !== "creating") note(was, answer.comments);
    },
    true,
  );

  const isWriting = () =>
    [...now().comments.values()].some(
      ({ mode, newReply, replies }) =>
        mode === "creating" || mode === "editing" || newReply || [...replies.values()].some((reply) => reply.mode === "editing"),
    );

  // The store has no way to forget what the server knew.
  const hasRemoved = (comments) =>
    [...comments.values()].some(
      ({ deleted, resolved, replies }) => deleted || resolved || [...replies.values()].some((reply) => reply.deleted),
    );

  // A form sends other ends of lines than were typed, and a server leaves out the space around a text.
  const plain = (text) => text.replace(/\r\n?/g, "\n").trim();

  // What there is in the store, or what the server says, of a comment or a reply: by its number, or by its words.
  const find = (was, there, numberOf, known) => {
    if (was.remoteId !== null) return there.find((each) => numberOf(each) === was.remoteId);
    const isSame = ({ text, contentpath, position }) =>
      plain(text) === plain(was.text) && contentpath === was.contentpath && position === was.position;
    return there.find((each) => !known.has(numberOf(each)) && isSame(each));
  };
  const numbers = (comments) => new Set([...comments.values()].map(({ remoteId }) => remoteId));

  const note = (was, said) => {
    const { addComment, addReply, updateComment, updateReply } = app().actions;
    const answer = find(was, said, ({ pk }) => pk, numbers(now().comments));
    if (!answer) return;
    const saved = { remoteId: answer.pk, originalText: was.text };
    const is = now().comments.get(was.localId);
    // Taken away meanwhile: the server is told the next time.
    if (!is) dispatch(addComment({ ...was, ...saved, resolved: true }));
    else if (was.remoteId === null) dispatch(addComment({ ...is, ...saved }));
    else dispatch(updateComment(was.localId, saved));
    for (const reply of was.replies.values()) {
      const { replies } = now().comments.get(was.localId);
      const found = find(reply, answer.replies, ({ pk }) => pk, numbers(replies));
      if (!found) continue;
      const kept = { remoteId: found.pk, originalText: reply.text };
      const still = replies.get(reply.localId);
      if (!still) dispatch(addReply(was.localId, { ...reply, ...kept, deleted: true }));
      else if (reply.remoteId === null) dispatch(addReply(was.localId, { ...still, ...kept }));
      else dispatch(updateReply(was.localId, reply.localId, kept));
    }
  };

  // After all comments came anew: what nobody had told the server, under numbers that the store will not come to.
  const BEYOND = 1_000_000;
  const putBack = ({ comments, focusedComment }, left) => {
    const { addComment, addReply, setFocusedComment, updateComment, updateReply } = app().actions;
    const known = numbers(left);
    for (const was of comments.values()) {
      if (was.deleted || was.resolved) continue;
      const unsent = was.mode === "creating" || (was.remoteId === null && !left.has(was.localId));
      const is = unsent ? undefined : find(was, [...now().comments.values()], ({ remoteId }) => remoteId, known);
      const localId = is ? is.localId : BEYOND + was.localId;
      // Without its place on the screen, which the form finds again.
      if (unsent) dispatch(addComment({ ...was, localId, annotation: null }));
      if (is) {
        const { mode, newText, newReply } = was;
        dispatch(updateComment(localId, mode === "editing" ? { mode, newText, newReply } : { newReply }));
        const before = left.get(was.localId).replies;
        for (const reply of was.replies.values()) {
          const same = [...is.replies.values()].find(({ remoteId }) => remoteId === reply.remoteId);
          if (!before.has(reply.localId)) dispatch(addReply(localId, { ...reply, localId: BEYOND + reply.localId }));
          else if (same && reply.mode === "editing")
            dispatch(updateReply(localId, same.localId, { mode: reply.mode, newText: reply.newText }));
        }
      }
      if (was.localId === focusedComment)
        dispatch(setFocusedComment(localId, { updatePinnedComment: true, forceFocus: true }));
    }
  };

  // A form lists first what the server knows. Noted as above, that may stand behind what it does not know yet.
  const inOrder = (data, prefix) => {
    const total = Number(data.get(`${prefix}-TOTAL_FORMS`));
    const places = [...Array(total).keys()];
    for (const at of places) inOrder(data, `${prefix}-${at}-replies`);
    const isKnown = (at) => Boolean(data.get(`${prefix}-${at}-id`));
    const order = [...places.filter(isKnown), ...places.filter((at) => !isKnown(at))];
    if (order.every((at, place) => at === place)) return;
    const entries = [...data].filter(([name]) => /^-\d+-/.test(name.slice(prefix.length)) && name.startsWith(prefix));
    for (const [name] of entries) data.delete(name);
    for (const [name, value] of entries) {
      const [at, ...rest] = name.slice(prefix.length + 1).split("-");
      data.append([prefix, order.indexOf(Number(at)), ...rest].join("-"), value);
    }
  };
  document.addEventListener("formdata", ({ formData }) => inOrder(formData, "comments"));
})();
