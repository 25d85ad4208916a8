// What comes back of a save takes the place of all comments: with Wagtail, whatever is being written then, a comment, a
// reply, an edit, is gone. So where something is, only what the server said is noted: which number it gave to what was
// sent, and that this is saved.
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
      if (!answer || !sent || hasRemoved(sent) || (sent === now().comments && !isWriting())) return;
      delete detail.data.comments;
      for (const was of sent.values()) if (was.mode !== "creating") note(was, answer.comments);
      putLast();
    },
    true,
  );

  const isWriting = () =>
    [...now().comments.values()].some(
      ({ mode, newReply, replies }) =>
        mode === "creating" || mode === "editing" || newReply || [...replies.values()].some((reply) => reply.mode === "editing"),
    );

  // The store has no way to forget what the server knew: where something was taken away, Wagtail begins anew.
  const hasRemoved = (comments) =>
    [...comments.values()].some(
      ({ deleted, resolved, replies }) => deleted || resolved || [...replies.values()].some((reply) => reply.deleted),
    );

  // What the server says of a comment or reply that was sent: by its number, or by its words if that is new.
  const find = (was, said, siblings) => {
    if (was.remoteId !== null) return said.find(({ pk }) => pk === was.remoteId);
    const known = new Set([...siblings.values()].map(({ remoteId }) => remoteId));
    return said.find(
      ({ pk, text, contentpath, position }) =>
        !known.has(pk) && text === was.text && contentpath === was.contentpath && position === was.position,
    );
  };

  const note = (was, said) => {
    const { addComment, addReply, updateComment, updateReply } = app().actions;
    const answer = find(was, said, now().comments);
    if (!answer) return;
    const saved = { remoteId: answer.pk, originalText: was.text };
    const is = now().comments.get(was.localId);
    // Taken away meanwhile: the server is told the next time.
    if (!is) dispatch(addComment({ ...was, ...saved, resolved: true }));
    else if (was.remoteId === null) dispatch(addComment({ ...is, ...saved }));
    else dispatch(updateComment(was.localId, saved));
    for (const reply of was.replies.values()) {
      const siblings = now().comments.get(was.localId).replies;
      const found = find(reply, answer.replies, siblings);
      if (!found) continue;
      const kept = { remoteId: found.pk, originalText: reply.text };
      const still = siblings.get(reply.localId);
      if (!still) dispatch(addReply(was.localId, { ...reply, ...kept, deleted: true }));
      else if (reply.remoteId === null) dispatch(addReply(was.localId, { ...still, ...kept }));
      else dispatch(updateReply(was.localId, reply.localId, kept));
    }
  };

  // A form lists what the server knows first.
  const putLast = () => {
    const { addComment, deleteComment, setFocusedComment } = app().actions;
    const { comments, focusedComment } = now();
    const all = [...comments.values()];
    const known = all.findLastIndex(({ remoteId }) => remoteId !== null);
    for (const early of all.slice(0, known + 1).filter(({ remoteId }) => remoteId === null)) {
      dispatch(deleteComment(early.localId));
      dispatch(addComment(early));
    }
    if (focusedComment !== now().focusedComment)
      dispatch(setFocusedComment(focusedComment, { updatePinnedComment: true, forceFocus: true }));
  };
})();
