"""Small goldens of timm's variants: few classes, small images. Usage: golden_variants.py TIMM_CHECKOUT OUT [MODEL[:KEY=VALUE…] …]

An argument such as resnet26d:output_stride=8 becomes resnet26d_output_stride8.json; lists are written as layers=1-1-2-1. `options` holds what the model was
built with beside its name, in timm's words.
"""
import sys, json
sys.path.insert(0, sys.argv[1])
import timm
from golden import golden
for spec in sys.argv[3:]:
    name, *options = spec.split(':')
    texts = dict(o.split('=') for o in options)
    options = {k: tuple(map(int, v.split('-'))) if '-' in v else int(v) for k, v in texts.items()}
    sizes = dict(size=96, train_size=48) if name == 'seresnext26d_32x4d' else dict(size=96, train_size=64)  # at 64 float32 flips a ReLU there
    file = '_'.join([name, *(f'{k}{v}' for k, v in texts.items())])
    d = golden(timm.create_model(name, num_classes=10, **options), name, classes=10, **sizes)
    json.dump({**d, 'options': {'num_classes': 10, **options}}, open(f'{sys.argv[2]}/{file}.json', 'w'))
    print(file, d['params'], d['eval']['f32_rel_error'], flush=True)
