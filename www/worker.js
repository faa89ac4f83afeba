// Runs the page's program in a worker. The page sends it as it has compiled it, with the address of
// its bindings, so that nothing is loaded or compiled twice.
self.onmessage = async ({ data: { bindings, program } }) => {
  try {
    const { default: start } = await import(bindings);
    await start({ module_or_path: program });
  } catch (error) {
    // The page hears of errors, not of promises.
    reportError(error);
  }
};
