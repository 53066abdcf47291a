"""Epochs of torchvision's DataLoader over an image folder, or Pillow's resize. Prints one line of JSON.
Usage: torchvision_loader.py photos|small FOLDER WORKERS EPOCHS, or torchvision_loader.py resize"""
import json, resource, sys, time
import numpy as np, torch, torchvision.transforms as T
from PIL import Image
from torchvision.datasets import ImageFolder

def resize():
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (1500, 2000, 3), np.uint8))
    times = []
    for _ in range(30):
        start = time.perf_counter(); image.resize((341, 256), Image.BILINEAR); times.append(time.perf_counter() - start)
    return {'images': 1, 'seconds': sorted(times)[len(times) // 2]}

def load(pipeline, folder, workers, epochs):
    torch.set_num_threads(1)
    crop = T.RandomResizedCrop(224) if pipeline == 'photos' else T.RandomCrop(32, padding=4)
    transform = T.Compose([crop, T.RandomHorizontalFlip(), T.ToTensor(), T.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
    loader = torch.utils.data.DataLoader(ImageFolder(folder, transform), batch_size=32 if pipeline == 'photos' else 128, shuffle=True,
                                         num_workers=workers, persistent_workers=workers > 0)
    images, start = 0, None
    for _ in range(epochs):
        for x, y in loader:
            # The clock starts with the first batch: starting workers is not what is compared.
            if start is None: start = time.perf_counter()
            else: images += len(y)
    return {'images': images, 'seconds': time.perf_counter() - start}

result = resize() if sys.argv[1] == 'resize' else load(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
print(json.dumps({**result, 'peakMiB': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
