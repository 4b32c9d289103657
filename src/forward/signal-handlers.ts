/** Has this process do something else than the usual about signals; returns how to end that. */
export function onSignals(handlers: { readonly [signal in NodeJS.Signals]?: () => void }): () => void {
  const entries = Object.entries(handlers) as [NodeJS.Signals, () => void][];
  for (const [signal, handler] of entries) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of entries) process.off(signal, handler);
  };
}
