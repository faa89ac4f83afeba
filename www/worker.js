// Starts a program in a worker. The page sends where its bindings are, and the program: as it has compiled
// it, if it is its own, so that nothing is loaded or compiled twice; else where that is.
self.onmessage = async ({ data: { bindings, program } }) => {
  try {
    const { default: start, explore } = await import(bindings);
    await start({ module_or_path: program });
    // The page's own program does this in a worker; another one has begun by itself.
    await explore?.();
  } catch (error) {
    // The page hears of errors, not of promises.
    reportError(error);
  }
};
