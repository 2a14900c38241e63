export const CATEGORIES = ['AUTH_FAILED', 'RATE_LIMIT', 'ANOMALY', 'PROTOCOL_VIOLATION', 'POLICY_REJECTION'] as const;

/** AUTH_FAILED -> Auth failed */
export function categoryText(category: string): string {
  const text = category.toLowerCase().replaceAll('_', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}
