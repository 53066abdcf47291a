"""An event file as TensorBoard's own writer makes it. Usage: python3 make_tensorboard.py > tensorboard.json (needs the tensorboard package)"""
import io
import json
import tensorboard
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

class Keep(io.BytesIO):
    def close(self): pass

out = Keep()
writer = RecordWriter(out)
def write(**event): writer.write(event_pb2.Event(**event).SerializeToString())
write(wall_time=1700000000.25, file_version='brain.Event:2')
write(wall_time=1700000000.5, step=301, session_log=event_pb2.SessionLog(status=event_pb2.SessionLog.START))
scalars = {'loss/train': 1.25, 'accuracy/train': .1, 'steps of a long name that takes more than one hundred and twenty-seven bytes, so that lengths need two: ' + 'x' * 40: -3e-8}
write(wall_time=1700000001., step=70000, summary=summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag=t, simple_value=v) for t, v in scalars.items()]))
writer.flush()
print(json.dumps({'made by': 'make_tensorboard.py', 'tensorboard': tensorboard.__version__, 'scalars': scalars, 'hex': out.getvalue().hex()}))
