// How the name of a broken rule is written. What a rule means, its domain says.

/** `close_not_in_open_list` -> `close not in open list`. */
export function ruleLabel(rule: string): string {
  return rule.replaceAll('_', ' ');
}
