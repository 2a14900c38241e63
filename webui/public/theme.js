// Runs before the first paint, so that a chosen theme never flashes. The rest of the settings lives in src/lib/settings.ts.
try {
  var theme = JSON.parse(localStorage.getItem('ocpp-board.settings') || '{}').theme;
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch (_) {
  // storage is blocked or broken: the system's theme it is
}
