"""PyTorch as a contestant: contestant.py WORKLOAD, then on standard input how many runs to time."""

import json
import sys
import time

workload = json.loads(sys.argv[1])


def say(**message):
    print(json.dumps(message), flush=True)


try:
    import torch
    import torch.nn.functional as F
    import torchvision
except ImportError as error:
    say(kind="absent", reason=str(error))
    sys.exit()


class Basic(torch.nn.Module):
    """CIFAR basic block with shortcut option A (He et al. 2015)."""

    def __init__(self, before, planes, stride):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(before, planes, 3, stride, 1, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(planes)
        self.conv2 = torch.nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = torch.nn.BatchNorm2d(planes)
        self.stride, self.more = stride, (planes - before) // 2

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.stride != 1:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.more, self.more))
        return F.relu(y + x)


def cifar(depth):
    layers, before = [torch.nn.Conv2d(3, 16, 3, 1, 1, bias=False), torch.nn.BatchNorm2d(16), torch.nn.ReLU()], 16
    for stage, planes in enumerate((16, 32, 64)):
        for block in range((depth - 2) // 6):
            layers.append(Basic(before, planes, 2 if stage and not block else 1))
            before = planes
    return torch.nn.Sequential(*layers, torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(64, 10))


torch.set_num_threads(workload["threads"])
name, batch, size = workload["network"], workload["batch"], workload["size"]
model = cifar(int(name[6:-6])) if name.endswith("_cifar") else getattr(torchvision.models, name)()
model = model.to(memory_format=torch.channels_last)
images = torch.randn(batch, 3, size, size).to(memory_format=torch.channels_last)

if workload["task"] == "train":
    labels = torch.arange(batch) % 10
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)

    def run():
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

else:
    model.eval()

    def run():
        with torch.no_grad():
            return model(images).sum().item()


for _ in range(3):
    run()
say(kind="ready", about=f"PyTorch {torch.__version__} CPU, eager, channels_last, {torch.get_num_threads()} thread(s)")
for line in sys.stdin:
    values = []
    for _ in range(int(line)):
        start = time.perf_counter()
        run()
        values.append((time.perf_counter() - start) * 1000)
    say(kind="ms", values=values)
