'''Subclasses of TensorBoard by what it kept for itself: its writer, _write_logs, _get_writer.'''
import glob
import os

import numpy as np
import tensorflow as tf
from keras import backend as K
from keras.callbacks import TensorBoard
from keras.layers import Dense
from keras.models import Sequential


class LRTensorBoard(TensorBoard):
    def __init__(self, log_dir, **kwargs):
        super(LRTensorBoard, self).__init__(log_dir=log_dir, **kwargs)

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        logs.update({'lr': K.eval(self.model.optimizer.lr)})
        super(LRTensorBoard, self).on_epoch_end(epoch, logs)


class TrainValTensorBoard(TensorBoard):
    def __init__(self, log_dir='./both', **kwargs):
        training_log_dir = os.path.join(log_dir, 'training')
        super(TrainValTensorBoard, self).__init__(training_log_dir, **kwargs)
        self.val_log_dir = os.path.join(log_dir, 'validation')

    def set_model(self, model):
        self.val_writer = tf.summary.FileWriter(self.val_log_dir)
        super(TrainValTensorBoard, self).set_model(model)

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        val_logs = {k.replace('val_', 'epoch_'): v for k, v in logs.items() if k.startswith('val_')}
        for name, value in val_logs.items():
            summary = tf.Summary()
            summary_value = summary.value.add()
            summary_value.simple_value = value.item() if hasattr(value, 'item') else value
            summary_value.tag = name
            self.val_writer.add_summary(summary, epoch)
        self.val_writer.flush()
        logs = {k: v for k, v in logs.items() if not k.startswith('val_')}
        super(TrainValTensorBoard, self).on_epoch_end(epoch, logs)

    def on_train_end(self, logs=None):
        super(TrainValTensorBoard, self).on_train_end(logs)
        self.val_writer.close()


class ModifiedTensorBoard(TensorBoard):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.step = 1
        self.writer = tf.summary.FileWriter(self.log_dir)

    def set_model(self, model):
        pass

    def on_epoch_end(self, epoch, logs=None):
        self.update_stats(**logs)

    def on_batch_end(self, batch, logs=None):
        pass

    def on_train_end(self, _):
        pass

    def update_stats(self, **stats):
        self._write_logs(stats, self.step)


class OfTwo(TensorBoard):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.step = 1
        self.writer = tf.summary.create_file_writer(self.log_dir)
        self._log_write_dir = self.log_dir

    def set_model(self, model):
        self.model = model
        self._train_dir = os.path.join(self._log_write_dir, 'train')
        self._train_step = self.model._train_counter
        self._val_dir = os.path.join(self._log_write_dir, 'validation')
        self._val_step = self.model._test_counter
        self._should_write_train_graph = False

    def _write_logs(self, logs, index):
        with self.writer.as_default():
            for name, value in logs.items():
                tf.summary.scalar(name, value, step=index)
                self.step += 1
                self.writer.flush()

    def on_epoch_end(self, epoch, logs=None):
        self._write_logs(logs, self.step)

    def on_batch_end(self, batch, logs=None):
        pass

    def on_train_end(self, logs=None):
        pass


class Pictures(TensorBoard):
    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        if hasattr(self, '_get_writer'):
            writer = self._get_writer(self._train_run_name)
            with writer.as_default():
                tf.summary.scalar('by_name', 1., step=epoch)
        with self._train_writer.as_default():
            tf.summary.scalar('by_property', 2., step=epoch)
        summary = tf.Summary(value=[tf.Summary.Value(tag='by_writer', simple_value=3.)])
        self.writer.add_summary(summary, epoch)
        super().on_epoch_end(epoch, logs)


x = np.random.random((16, 3))
y = x.sum(axis=1)
model = Sequential([Dense(1, input_dim=3)])
model.compile('sgd', 'mse')


def told(folder):
    files = glob.glob(os.path.join(folder, '**', 'events*'), recursive=True)
    return b''.join(open(f, 'rb').read() for f in files)


for board, folder, tags in (
    (LRTensorBoard(log_dir='./rates'), 'rates', [b'lr']),
    (TrainValTensorBoard(write_graph=False), 'both', [b'epoch_loss']),
    (ModifiedTensorBoard(log_dir='modified'), 'modified', [b'loss']),
    (OfTwo(log_dir='of_two'), 'of_two', [b'loss']),
    (Pictures(log_dir='pictures'), 'pictures', [b'by_name', b'by_property', b'by_writer', b'epoch_loss']),
):
    model.fit(x, y, epochs=2, verbose=0, callbacks=[board], validation_data=(x, y))
    for writer in [board.writer, *board.__dict__.get('_writers', {}).values()]:
        writer.close()
    for tag in tags:
        assert tag in told(folder), (folder, tag)
board = ModifiedTensorBoard(log_dir='alone')
board.update_stats(reward_avg=1.5)
assert b'reward_avg' in told('alone')
board.writer.close()
assert glob.glob('both/validation/events*') and glob.glob('both/training/**/events*', recursive=True)
