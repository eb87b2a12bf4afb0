/** What of a diagram's source could be HTML. */
import { withoutHtml } from './diagram-source.js';

test('tags become text, also when written as entities; line breaks, arrows and stereotypes stay', () => {
  expect(withoutHtml('A["<img src=x onerror=y>"]')).toBe('A["＜img src=x onerror=y>"]');
  expect(withoutHtml('A["#lt;img>"] B["&lt;img>"] C["#60;img>"] D["&#x3C;img>"]')).toBe('A["＜img>"] B["＜img>"] C["＜img>"] D["＜img>"]');
  for (const fine of ['A["one<br/>two<br>three"]', 'A <|-- B', 'A <--> B', 'class B {\n <<interface>>\n}', 'if x < 5'])
    expect(withoutHtml(fine)).toBe(fine);
});
