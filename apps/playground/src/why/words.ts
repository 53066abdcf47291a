import { element } from '../element.ts';

const paragraphs = (...texts: readonly string[]): HTMLElement[] => texts.map((text) => element('p', {}, text));

/** What a shortcut is, in plain words. */
export const introduction = (): HTMLElement =>
  element(
    'div',
    { className: 'words' },
    ...paragraphs(
      'A layer of a plain net has to make everything the next one needs: Y = F(x). A residual block only has to make what is to ' +
        'be changed, for what came in is added to it: Y = F(x) + x. If nothing is to be changed, F(x) = 0 will do, and that is easy to learn.',
      'It costs one addition and no parameters. See what it does: below, nets of as many layers learn to read handwritten digits, ' +
        'in this tab, a step of each in turn, on the same digits in the same order.',
    ),
  );

/** What to look at, what it means, and what it does not. */
export const explanation = (): HTMLElement =>
  element(
    'div',
    { className: 'words' },
    element('h3', {}, 'What to look for'),
    ...paragraphs(
      'Loss. It starts near 2.3, which is guessing among ten digits (ln 10). At 38 layers the residual net is soon far below; the plain ' +
        'one, the same layers with the additions left out, hardly moves at first. That is degradation: not overfitting, for the loss ' +
        'shown is that of the training itself; and not too small a net, for whatever a shallower net does this one could do too.',
      'Fewer layers. With 6 or 14 the two learn about as well: depth is what plain nets cannot bear. With 54 both are slower, and the ' +
        'plain one has not begun after a hundred steps.',
      'Gradients. The second chart shows how strongly each layer is told to change, on a scale of powers of ten. In the very first step of ' +
        'the plain net with batch norm the gradient grows on its way back to the image: at 38 layers the first layer gets some ninety times what ' +
        'the last but one gets, at 54 some nine hundred times. No one learning rate suits both: after ten steps the first layer has been ' +
        'thrown off and gets some twenty times less. Through additions the gradient passes unchanged: the residual net’s is about as long everywhere.',
      'Without batch norm. Now all are told too little to change: gradients begin some hundred times shorter. At 38 layers neither net learns ' +
        'in so few steps; at 14 the residual net just begins to. Without a norm its sums would grow with every block, so each F(x) starts scaled down.',
      'Highway nets came shortly before residual ones: a gate with weights of its own decides how much of x passes. They learn at this ' +
        'depth too, but are slower to start. Dense nets hand every layer’s result to all that follow; they have other widths, and a step ' +
        'takes several times as long, so compare their curve with care.',
    ),
    element('h3', {}, 'How far this goes'),
    ...paragraphs(
      'These nets are tiny: 8 and 16 channels, 14x14 and 7x7 pixels, some 50,000 parameters, 2,000 digits, a minute. Given more steps the plain ' +
        'net of 38 layers learns these digits too: after 500 its loss is about 0.8, where the residual one is after 100. At full scale the effect stays: in the paper a plain net of 34 layers ends worse on ImageNet than one of ' +
        '18, a residual one better.',
    ),
    element(
      'p',
      { className: 'hint' },
      'Papers: ',
      link('residual', 'https://arxiv.org/abs/1512.03385'),
      ' (He et al. 2015), ',
      link('highway', 'https://arxiv.org/abs/1505.00387'),
      ' (Srivastava et al. 2015), ',
      link('dense', 'https://arxiv.org/abs/1608.06993'),
      ' (Huang et al. 2016). The digits are from MNIST by Yann LeCun, Corinna Cortes and Christopher J. C. Burges, ',
      link('CC BY-SA 3.0', 'https://creativecommons.org/licenses/by-sa/3.0/'),
      '.',
    ),
  );

const link = (text: string, href: string): HTMLElement => element('a', { href, rel: 'noreferrer' }, text);
