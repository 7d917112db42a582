"""Names that tinynet leaves out and names that Keras has removed, with advice for each.

The advice is one sentence, shown in the error of the import, the attribute or the call that uses
the name. Names are written as in Keras, without ``tensorflow.`` or ``keras.``: `layers.LSTM`. Names
of TensorFlow itself start with ``tf.``. A test checks that tinynet has none of these names.

The module holds data and a few functions that look it up. It imports nothing from the package.
"""

import re
from collections.abc import Collection, Iterable

# ------------------------------------------------------------------------- left out on purpose
# The reason, then the names. Keras has these; tinynet, a library of dense networks, doesn't.

LEFT_OUT: list[tuple[str, str]] = [
    (
        "tinynet has no convolutions; put Flatten in front and use Dense layers, or use Keras",
        """
        layers.Conv1D layers.Conv2D layers.Conv3D layers.Convolution1D layers.Convolution2D
        layers.Convolution3D layers.Conv1DTranspose layers.Conv2DTranspose layers.Conv3DTranspose
        layers.Convolution1DTranspose layers.Convolution2DTranspose layers.Convolution3DTranspose
        layers.DepthwiseConv1D layers.DepthwiseConv2D layers.SeparableConv1D
        layers.SeparableConv2D layers.SeparableConvolution1D layers.SeparableConvolution2D
        layers.MaxPooling1D layers.MaxPooling2D layers.MaxPooling3D layers.MaxPool1D
        layers.MaxPool2D layers.MaxPool3D layers.AveragePooling1D layers.AveragePooling2D
        layers.AveragePooling3D layers.AvgPool1D layers.AvgPool2D layers.AvgPool3D
        layers.GlobalAveragePooling1D layers.GlobalAveragePooling2D layers.GlobalAveragePooling3D
        layers.GlobalAvgPool1D layers.GlobalAvgPool2D layers.GlobalAvgPool3D
        layers.GlobalMaxPooling1D layers.GlobalMaxPooling2D layers.GlobalMaxPooling3D
        layers.GlobalMaxPool1D layers.GlobalMaxPool2D layers.GlobalMaxPool3D
        layers.AdaptiveAveragePooling1D layers.AdaptiveAveragePooling2D
        layers.AdaptiveAveragePooling3D layers.AdaptiveMaxPooling1D layers.AdaptiveMaxPooling2D
        layers.AdaptiveMaxPooling3D layers.UpSampling1D layers.UpSampling2D layers.UpSampling3D
        layers.ZeroPadding1D layers.ZeroPadding2D layers.ZeroPadding3D layers.Cropping1D
        layers.Cropping2D layers.Cropping3D layers.SpatialDropout1D layers.SpatialDropout2D
        layers.SpatialDropout3D layers.GroupNormalization layers.SpectralNormalization
        tf.nn.conv1d tf.nn.conv2d tf.nn.max_pool tf.nn.max_pool2d tf.nn.avg_pool2d applications
        """,
    ),
    (
        "tinynet has no recurrent layers; put Flatten in front and use Dense layers, or use Keras",
        """
        layers.LSTM layers.GRU layers.SimpleRNN layers.RNN layers.Bidirectional
        layers.TimeDistributed layers.LSTMCell layers.GRUCell layers.SimpleRNNCell
        layers.StackedRNNCells layers.ConvLSTM1D layers.ConvLSTM2D layers.ConvLSTM3D
        layers.RepeatVector layers.Masking tf.nn.rnn_cell
        """,
    ),
    (
        "tinynet has no attention and no embeddings; use one-hot inputs and Dense layers, or "
        "use Keras",
        """
        layers.Embedding layers.ReversibleEmbedding layers.Attention layers.AdditiveAttention
        layers.MultiHeadAttention layers.GroupQueryAttention tf.nn.embedding_lookup
        """,
    ),
    (
        "tinynet has no functional API and no Model to derive a class from; write the layers as a "
        "list, Sequential([Dense(...), ...])",
        "Model models.Model",
    ),
    (
        "tinynet has no functional API; write the layers as a list, Sequential([Dense(...), ...])",
        """
        layers.Add layers.Average layers.Concatenate layers.Dot layers.Maximum
        layers.Minimum layers.Multiply layers.Subtract layers.add layers.average
        layers.concatenate layers.dot layers.maximum layers.minimum layers.multiply
        layers.subtract Function KerasTensor Operation layers.Wrapper
        layers.InputSpec InputSpec layers.TFSMLayer layers.JaxLayer layers.FlaxLayer
        layers.TorchModuleWrapper layers.Pipeline layers.EinsumDense tree utils.is_keras_tensor
        utils.get_source_inputs
        """,
    ),
    (
        "tinynet runs no code from a model's file and has no automatic differentiation; derive a "
        "class from tinynet.Layer with forward and backward",
        """
        layers.Lambda
        """,
    ),
    (
        "tinynet works on NumPy arrays; pass them to fit, which shuffles and batches them",
        """
        tf.data tf.io tf.TensorSpec utils.PyDataset utils.Sequence utils.split_dataset
        utils.timeseries_dataset_from_array utils.pack_x_y_sample_weight
        utils.unpack_x_y_sample_weight tf.feature_column tf.sparse tf.ragged
        """,
    ),
    (
        "tinynet doesn't write TensorFlow's file formats; call model.save('model.keras'), or "
        "to_onnx from tinynet.exchange",
        "tf.saved_model tf.lite",
    ),
    (
        "tinynet saves no TensorFlow checkpoints; call the model's save_weights(path) and "
        "load_weights(path), or use ModelCheckpoint",
        """
        tf.train
        """,
    ),
    (
        "tinynet does not read images or sound; load them as NumPy arrays, with Pillow for "
        "instance",
        """
        utils.image_dataset_from_directory utils.audio_dataset_from_directory utils.load_img
        utils.img_to_array utils.array_to_img utils.save_img utils.bounding_boxes tf.image
        tf.audio preprocessing.image preprocessing.image_dataset_from_directory
        """,
    ),
    (
        "tinynet does not read text; turn it into numbers with NumPy or scikit-learn's "
        "CountVectorizer",
        """
        utils.text_dataset_from_directory preprocessing.text_dataset_from_directory
        preprocessing.sequence.TimeseriesGenerator preprocessing.sequence.skipgrams
        preprocessing.sequence.make_sampling_table preprocessing.text.tokenizer_from_json
        layers.TextVectorization layers.StringLookup layers.IntegerLookup
        layers.Hashing layers.HashedCrossing layers.STFTSpectrogram layers.MelSpectrogram
        tf.strings
        """,
    ),
    (
        "tinynet does not preprocess or augment data; prepare it with NumPy before fit",
        """
        layers.CategoryEncoding layers.Discretization layers.CenterCrop layers.Resizing
        layers.AugMix layers.AutoContrast layers.CutMix layers.MixUp layers.Equalization
        layers.ContrastLimitedAdaptiveHistogramEqualization layers.MaxNumBoundingBoxes
        layers.RandAugment layers.RandomBrightness layers.RandomColorDegeneration
        layers.RandomColorJitter layers.RandomContrast layers.RandomCrop
        layers.RandomElasticTransform layers.RandomErasing layers.RandomFlip
        layers.RandomGaussianBlur layers.RandomGrayscale layers.RandomHue layers.RandomInvert
        layers.RandomPerspective layers.RandomPosterization layers.RandomRotation
        layers.RandomSaturation layers.RandomSharpness layers.RandomShear layers.RandomTranslation
        layers.RandomZoom layers.Solarization utils.FeatureSpace
        """,
    ),
    (
        "tinynet has few layers; use Dense, Dropout, BatchNormalization and the activations",
        """
        layers.Permute layers.RMSNormalization layers.UnitNormalization
        """,
    ),
    (
        "tinynet has no such data set; use mnist or fashion_mnist, or one of scikit-learn's "
        "data sets",
        """
        datasets.cifar10 datasets.cifar100
        """,
    ),
    ("pass a whole number as the seed", "random.SeedGenerator"),
    ("write the reduction as text, reduction='sum'", "losses.Reduction"),
    (
        "use SGD, RMSprop, Adam or one of its variants, Adagrad or Adadelta",
        """
        optimizers.Adafactor optimizers.Ftrl optimizers.Lamb optimizers.Lion
        optimizers.LossScaleOptimizer optimizers.MultiOptimizer optimizers.OptimizerMap
        optimizers.Muon optimizers.ScheduleFreeAdamW
        """,
    ),
    (
        "derive a class from tinynet.losses.Loss that defines costs(t, y) and gradient(t, y)",
        """
        losses.CTC losses.ctc losses.Circle losses.circle losses.Dice losses.dice losses.Tversky
        losses.tversky
        losses.CategoricalFocalCrossentropy losses.categorical_focal_crossentropy
        losses.CategoricalGeneralizedCrossEntropy losses.categorical_generalized_cross_entropy
        """,
    ),
    (
        "tinynet has no such metric; you can use any function of (y_true, y_pred) as a metric",
        """
        metrics.BinaryIoU metrics.ConcordanceCorrelation metrics.IoU metrics.MeanIoU
        metrics.MeanMetricWrapper metrics.OneHotIoU metrics.OneHotMeanIoU
        metrics.PearsonCorrelation metrics.PrecisionAtRecall metrics.RecallAtPrecision
        metrics.SensitivityAtSpecificity metrics.SpecificityAtSensitivity
        metrics.categorical_focal_crossentropy metrics.concordance_correlation
        metrics.pearson_correlation
        """,
    ),
    (
        "tinynet has no such activation; use relu or one of its variants, sigmoid, tanh or softmax",
        """
        activations.glu activations.hard_shrink activations.soft_shrink activations.sparse_plus
        activations.sparse_sigmoid activations.sparsemax activations.squareplus
        activations.threshold
        """,
    ),
    (
        "tinynet has no such initializer; use glorot_uniform, he_normal or one of their variants",
        """
        initializers.STFT initializers.STFTInitializer initializers.stft
        """,
    ),
    (
        "tinynet has few penalties and constraints; use L1, L2, L1L2, MaxNorm, NonNeg or UnitNorm",
        """
        regularizers.OrthogonalRegularizer regularizers.orthogonal_regularizer
        """,
    ),
    (
        "tinynet has no such callback; ModelCheckpoint saves, CSVLogger writes and "
        "LambdaCallback calls a function of yours",
        """
        callbacks.BackupAndRestore callbacks.OrbaxCheckpoint callbacks.RemoteMonitor
        callbacks.SwapEMAWeights callbacks.ProgbarLogger
        """,
    ),
    (
        "tinynet has no global table of custom objects; pass custom_objects= to load_model",
        """
        utils.CustomObjectScope utils.custom_object_scope utils.get_custom_objects
        utils.get_registered_name utils.get_registered_object
        utils.deserialize_keras_object utils.serialize_keras_object
        saving.custom_object_scope saving.CustomObjectScope
        saving.get_custom_objects saving.deserialize_keras_object saving.serialize_keras_object
        """,
    ),
    (
        "tinynet provides only Keras's public names; import from keras.layers, keras.models and "
        "so on",
        """
        src legacy api
        """,
    ),
    (
        "tinynet has no such tool; use NumPy or Python's standard library",
        """
        utils.Config utils.Progbar utils.legacy utils.model_to_dot utils.get_uid
        utils.standardize_dtype
        """,
    ),
    (
        "tinynet uses one dtype for a whole model; choose it with Sequential(layers, "
        "dtype='float64')",
        """
        mixed_precision dtype_policies DTypePolicy FloatDTypePolicy quantizers Quantizer
        """,
    ),
    (
        "tinynet has no automatic differentiation; fit and train_on_batch compute the "
        "gradients, and you can call each layer's backward(dy)",
        """
        tf.GradientTape tf.gradients backend.gradients tf.custom_gradient tf.Module
        tf.GradientTape.gradient StatelessScope SymbolicScope RematScope remat
        """,
    ),
    ("tinynet raises Python's own errors; catch ValueError or TypeError", "tf.errors"),
    (
        "tinynet runs on NumPy, on one processor; leave it out",
        """
        tf.distribute tf.tpu distribution tf.xla tf.summary tf.profiler tf.lookup tf.quantization
        tf.while_loop tf.cond tf.signal tf.sets tf.raw_ops tf.queue tf.experimental tf.autodiff
        tf.python.client tf.sysconfig export distillation visualization
        """,
    ),
    (
        "tinynet has no wrapper for scikit-learn; call fit and predict of a Sequential yourself, "
        "in a loop over sklearn.model_selection.KFold if you cross-validate",
        "wrappers",
    ),
]

# ------------------------------------------------------------------------ removed by Keras itself
# The name, and what to use instead.

OUTDATED: dict[str, str] = {
    "utils.np_utils": "use to_categorical from utils",
    "utils.vis_utils": "use plot_model from utils",
    "utils.generic_utils": "import what you need from utils",
    "utils.data_utils": "use get_file from utils",
    "utils.multi_gpu_model": "leave it out",
    "layers.core": "import Dense, Dropout, Activation and Flatten from layers",
    "layers.advanced_activations": "import LeakyReLU, ELU and the like from layers",
    "layers.normalization": "import BatchNormalization from layers",
    "layers.noise": "import Dropout from layers",
    "layers.embeddings": "Keras has Embedding in layers; tinynet has none, use one-hot inputs",
    "layers.convolutional": "Keras has the convolutions in layers; tinynet has none, use Flatten "
    "and Dense",
    "layers.pooling": "Keras has the pooling layers in layers; tinynet has none, use Flatten and "
    "Dense",
    "layers.recurrent": "Keras has the recurrent layers in layers; tinynet has none, use Flatten "
    "and Dense",
    "layers.merge": "tinynet has no functional API, write the layers as a list in Sequential",
    "layers.containers": "import Sequential from models",
    "layers.experimental": "import Normalization and Rescaling from layers",
    "layers.ThresholdedReLU": "use GeneralReLU(threshold=theta) from layers",
    "layers.Merge": "tinynet has no functional API, write the layers as a list in Sequential",
    "layers.MaxoutDense": "use Dense",
    "layers.Highway": "use Dense",
    "layers.TimeDistributedDense": "use Dense",
    "layers.CuDNNLSTM": "tinynet has no recurrent layers, use Dense",
    "layers.CuDNNGRU": "tinynet has no recurrent layers, use Dense",
    "layers.DenseFeatures": "use Dense on a NumPy array of the columns",
    "engine": "import Layer from layers and Sequential from models",
    "models.Graph": "tinynet has no functional API, use Sequential",
    "models.save_weights": "call the model's save_weights(path)",
    "models.model_from_yaml": "use model_from_json",
    "optimizer_v1": "import SGD, Adam and RMSprop from optimizers",
    "optimizer_v2": "import SGD, Adam and RMSprop from optimizers",
    "optimizers.adadelta_v2": "import Adadelta from optimizers",
    "optimizers.adagrad_v2": "import Adagrad from optimizers",
    "optimizers.adam_v2": "import Adam from optimizers",
    "optimizers.adamax_v2": "import Adamax from optimizers",
    "optimizers.gradient_descent_v2": "import SGD from optimizers",
    "optimizers.nadam_v2": "import Nadam from optimizers",
    "optimizers.rmsprop_v2": "import RMSprop from optimizers",
    "optimizers.legacy": "import SGD, Adam and RMSprop from optimizers",
    "optimizers.experimental": "import SGD, Adam and RMSprop from optimizers",
    "regularizers.WeightRegularizer": "use L1L2 from regularizers",
    "regularizers.l1l2": "use l1_l2 from regularizers",
    "regularizers.activity_l1": "use l1 from regularizers, as activity_regularizer",
    "regularizers.activity_l2": "use l2 from regularizers, as activity_regularizer",
    "constraints.maxnorm": "use max_norm from constraints",
    "constraints.nonneg": "use non_neg from constraints",
    "constraints.unitnorm": "use unit_norm from constraints",
    "initializations": "import from initializers",
    "objectives": "import from losses",
    "preprocessing": "prepare images and tables with NumPy, texts with scikit-learn's "
    "CountVectorizer",
    "experimental": "leave it out",
    "backend.tensorflow_backend": "import backend",
    "backend.image_dim_ordering": "use image_data_format",
    "backend.set_image_dim_ordering": "leave it out",
    "backend.set_session": "leave it out, there are no sessions",
    "backend.get_session": "leave it out, there are no sessions",
    "backend.placeholder": "call the model on an array",
    "backend.function": "call the model, or its layers one by one, on an array",
    "backend.learning_phase": "call model.forward(x, training=True)",
    "backend.set_learning_phase": "call model.forward(x, training=True)",
    "backend.manual_variable_initialization": "leave it out",
    "callbacks.callbacks": "import from callbacks",
    "callbacks.BaseLogger": "History has the means over an epoch",
    "metrics.Fscore": "you can use any function of (y_true, y_pred) as a metric",
    "metrics.matthews_correlation": "you can use any function of (y_true, y_pred) as a metric",
    "tf.Session": "leave it out, arrays are computed immediately",
    "tf.placeholder": "leave it out, pass NumPy arrays to fit and predict",
    "tf.global_variables_initializer": "leave it out, a model draws its weights when it is built",
    "tf.initialize_all_variables": "leave it out, a model draws its weights when it is built",
    "tf.get_default_graph": "leave it out, there are no graphs",
    "tf.reset_default_graph": "use keras.backend.clear_session",
    "tf.set_random_seed": "use tf.random.set_seed",
    "tf.get_variable": "use tf.Variable",
    "tf.layers": "use keras.layers",
    "tf.contrib": "use keras",
    "tf.examples": "use keras.datasets.mnist",
    "tf.estimator": "use keras.Sequential, and call its fit and evaluate",
    "tf.app": "call the function main yourself",
    "tf.flags": "use argparse",
    "tf.gfile": "use open",
    "tf.train.AdagradOptimizer": "use keras.optimizers.Adagrad",
    "tf.train.AdamOptimizer": "use keras.optimizers.Adam",
    "tf.train.GradientDescentOptimizer": "use keras.optimizers.SGD",
    "tf.train.MomentumOptimizer": "use keras.optimizers.SGD with momentum",
    "tf.train.RMSPropOptimizer": "use keras.optimizers.RMSprop",
    "tf.log": "use tf.math.log",
    "tf.div": "use tf.divide",
    "tf.mul": "use tf.multiply",
    "tf.sub": "use tf.subtract",
    "tf.to_float": "use tf.cast(x, tf.float32)",
    "tf.random_normal": "use tf.random.normal",
    "tf.random_uniform": "use tf.random.uniform",
    "tf.truncated_normal": "use tf.random.truncated_normal",
    "tf.ConfigProto": "leave it out, there are no sessions",
    "tf.GPUOptions": "leave it out, tinynet runs on the processor",
    "tf.InteractiveSession": "leave it out, arrays are computed immediately",
    "tf.get_default_session": "leave it out, there are no sessions",
}

# Attributes of models, optimizers and histories that Keras has removed or other libraries have.
ATTRIBUTES: dict[str, str] = {
    "predict_classes": "use model.predict(x).argmax(axis=-1), or (model.predict(x) > 0.5)"
    ".astype('int32') if the last layer is a single sigmoid",
    "predict_proba": "use model.predict(x)",
    "fit_generator": "use model.fit(x, y) with NumPy arrays",
    "evaluate_generator": "use model.evaluate(x, y) with NumPy arrays",
    "predict_generator": "use model.predict(x) with NumPy arrays",
    "to_yaml": "use model.to_json()",
    "get_output_at": "call the layer on an array",
    "add_loss": "use a regularizer of the layer, or a loss of your own",
    "add_metric": "use compile(metrics=[...])",
    "build": "leave it out",
    "call": "call the layer or the model itself on an array, model(x)",
    "compute_dtype": "use dtype",
    "compute_loss": "use model.evaluate, or call the loss on two arrays",
    "compute_metrics": "use model.evaluate, or call the metric on two arrays",
    "dtype_policy": "use dtype",
    "export": "use model.save('model.keras'), or to_onnx from tinynet.exchange",
    "get_input_at": "call the layer on an array",
    "get_input_shape_at": "use layer.input.shape",
    "get_output_shape_at": "use layer.output.shape",
    "get_weights": "use state, a dict of the arrays",
    "input_spec": "use input_shape",
    "layers": "a Sequential in another one adds its own layers to it, so keep it in a variable",
    "losses": "use model.losses",
    "make_predict_function": "use model.predict_on_batch",
    "make_test_function": "use model.test_on_batch",
    "make_train_function": "use model.train_on_batch",
    "minimize": "use model.fit or model.train_on_batch, which update the parameters",
    "predict_function": "use model.predict_on_batch",
    "predict_step": "use model.predict_on_batch",
    "quantize": "tinynet has no quantization, leave it out",
    "set_weights": "use load_model, which restores the optimizer, too",
    "state_updates": "leave it out, tinynet has no graphs",
    "test_function": "use model.test_on_batch",
    "test_step": "use model.test_on_batch",
    "train_function": "use model.train_on_batch",
    "updates": "leave it out, tinynet has no graphs",
    "variable_dtype": "use dtype",
    "variables": "use state, a dict of the arrays",
    "exclude_from_weight_decay": "use kernel_regularizer=L2(...) in the layers that are to decay",
    "weights": "use state, a dict of the arrays",
    "reset_states": "tinynet has no recurrent layers, leave it out",
    "get_metrics_result": "use model.evaluate(x, y, return_dict=True)",
    "compiled_loss": "use model.loss",
    "compiled_metrics": "use model.metrics",
    "metrics_variables": "metrics have no variables, use model.metrics",
    "input_dtype": "use dtype",
    "enable_lora": "tinynet has no low-rank updates, leave it out",
    "distribute_strategy": "leave it out, tinynet runs on one processor",
    "jit_compile": "leave it out, nothing is compiled to machine code",
    "steps_per_execution": "leave it out, steps are always run one at a time",
    "seed_generator": "pass a whole number as the seed",
    **dict.fromkeys(
        ("stateless_call", "symbolic_call"),
        "call the layer or the model itself on an array, model(x)",
    ),
    **dict.fromkeys(
        ("get_build_config", "build_from_config"), "use get_config and from_config, and build"
    ),
    **dict.fromkeys(
        ("get_compile_config", "compile_from_config"),
        "use model.save(path) and load_model(path), which keep the settings of compile",
    ),
    **dict.fromkeys(
        ("load_own_variables", "save_own_variables", "get_state_tree", "set_state_tree"),
        "use get_weights and set_weights",
    ),
    **dict.fromkeys(("compute_mask", "supports_masking"), "tinynet has no masks, leave it out"),
    "run_eagerly": "leave it out, tinynet always runs eagerly",
    "lr": "use learning_rate",
    "train": "use model.fit(x, y)",
    "partial_fit": "use model.train_on_batch(x, y)",
    "score": "use model.evaluate(x, y)",
    "test": "use model.evaluate(x, y)",
    "eval": "leave it out, predict and evaluate already compute as outside training",
    "zero_grad": "leave it out, backward overwrites the gradients",
    "state_dict": "use model.get_weights() or model.save_weights(path)",
    "load": "use load_model(path), or load_weights(path) of a model",
    "save_model": "use model.save(path)",
    "append": "use add(layer)",
    "params": "use parameters",
    "grads": "use gradients",
    "apply_gradients": "use update(parameters, gradients)",
    **dict.fromkeys(
        ("ok", "passed", "success"),
        "bool(report) is True if nothing is wrong, and report.mistakes lists what is",
    ),
    "load_state_dict": "use model.set_weights(weights) or model.load_weights(path)",
}

# Arguments that Keras has removed, by name, and what to write instead.
ARGUMENTS: dict[str, str] = {
    "lr": "use learning_rate",
    "decay": "use a schedule from optimizers.schedules, which divides by 1 + decay * step: "
    "learning_rate=InverseTimeDecay(rate, decay_steps=1, decay_rate=decay)",
    "nb_epoch": "use epochs",
    "nb_epochs": "use epochs",
    "epoch": "use epochs",
    "nb_classes": "use num_classes",
    "init": "use kernel_initializer",
    "output_dim": "use units, or pass it as the first argument: Dense(64)",
    "W_regularizer": "use kernel_regularizer",
    "b_regularizer": "use bias_regularizer",
    "W_constraint": "use kernel_constraint",
    "b_constraint": "use bias_constraint",
    "dtype": "the model chooses it for all layers: Sequential(layers, dtype='float64')",
    "activity_regularizer_l2": "use activity_regularizer=l2(...)",
    "bias": "use use_bias",
    "p": "use rate",
    "batch_input_shape": "use input_shape, without the batch: Dense(64, input_shape=(784,))",
    "weights": "call set_weights of the built layer",
    "show_accuracy": "use compile(metrics=['accuracy'])",
    "class_mode": "choose the loss for the kind of classes",
    "period": "use save_freq",
    "write_grads": "leave it out",
    "save_format": "the file's extension decides: .npz, .keras or .h5",
    "fuzz_factor": "use epsilon",
    "momentum_decay": "leave it out",
    "schedule_decay": "leave it out",
    "samples_per_epoch": "leave it out, an epoch is one pass through x",
    "nb_val_samples": "leave it out, all of validation_data is used",
    "max_q_size": "leave it out",
    "max_queue_size": "leave it out",
    "pickle_safe": "leave it out",
    "workers": "leave it out",
    "use_multiprocessing": "leave it out",
    "validation": "use validation_data=(x_val, y_val) or validation_split",
    "betas": "use beta_1 and beta_2",
    "steps_per_epoch": "leave it out, an epoch is one pass through x in batches of batch_size",
    "validation_steps": "leave it out, all of validation_data is used",
    "experimental_run_tf_function": "leave it out",
    "sample_weight_mode": "pass sample_weight to fit",
    "loss_weights": "tinynet has one output and one loss, multiply the learning rate by it",
    "include_optimizer": "leave it out, or use save_weights(path) to save the weights alone",
    "by_name": "load the file into a model like the saved one, and for each layer of the same name "
    "call layer.set_weights(saved.get_layer(layer.name).get_weights())",
    "trainable": "set layer.trainable = False on the layer, before compile",
    "run_eagerly": "leave it out, tinynet always runs eagerly",
    "jit_compile": "leave it out, nothing is compiled to machine code",
    "steps_per_execution": "leave it out, steps are always run one at a time",
    "input_length": "use input_shape",
    "dim_ordering": "tinynet has no convolutions, leave it out",
    "border_mode": "tinynet has no convolutions, leave it out",
    "nb_filter": "tinynet has no convolutions, leave it out",
    "use_ema": "tinynet keeps no average of the weights, leave it out",
    "gradient_accumulation_steps": "use a larger batch_size",
    "loss_scale_factor": "leave it out, tinynet trains in float32 throughout",
    "ema_overwrite_frequency": "tinynet keeps no average of the weights, leave it out",
    "axis": "leave it out, the classes or features are on the last axis",
    "ignore_class": "give these examples the sample_weight 0",
    "noise_shape": "leave it out, each entry is dropped on its own",
    "data_format": "tinynet has no convolutions, leave it out",
    "renorm": "tinynet has no batch renormalization, leave it out",
    "renorm_clipping": "tinynet has no batch renormalization, leave it out",
    "synchronized": "leave it out, tinynet has no devices to synchronize",
    "lora_rank": "tinynet has no low-rank updates, leave it out",
    "lora_alpha": "tinynet has no low-rank updates, leave it out",
    "quantization_config": "tinynet has no quantization, leave it out",
    "shared_axes": "leave it out, each input has a parameter of its own",
    "alpha_regularizer": "leave it out, use a regularizer of a Dense layer",
    "alpha_constraint": "leave it out, use a constraint of a Dense layer",
    "summation_method": "leave it out, the area is summed by trapezoids",
    "multi_label": "leave it out, all outputs are counted together",
    "num_labels": "leave it out, all outputs are counted together",
    "label_weights": "leave it out, all outputs are counted together",
    "num_regressors": "leave it out, R2 isn't adjusted for the number of features",
    "raise_error": "leave it out, training stops without an error",
    "from_sorted_ids": "leave it out, y_pred has a value for each class",
    "input_axes": "leave it out, a kernel is a matrix of inputs by outputs",
    "output_axes": "leave it out, a kernel is a matrix of inputs by outputs",
    "skip_mismatch": "leave it out, or build a model of the file's shape",
    "sparse": "pass a dense array, x.toarray() if it comes from SciPy",
    "ragged": "pad the rows to one length",
    "layer_range": "leave it out, the summary has all layers",
    "print_fn": "redirect what it prints, with contextlib.redirect_stdout(file): model.summary()",
    "line_length": "leave it out, the columns are as wide as what they hold",
    "positions": "leave it out, the columns are as wide as what they hold",
    "expand_nested": "leave it out, call summary of the inner model",
    "show_trainable": "leave it out, print(layer.trainable) for each layer of model.layers",
}

# Arguments of one class or function.
ARGUMENTS_OF: dict[str, str] = {
    "ReduceLROnPlateau.epsilon": "use min_delta",
    "compile.learning_rate": "pass it to the optimizer, optimizer=SGD(learning_rate=...)",
    "compile.lr": "pass it to the optimizer, optimizer=SGD(learning_rate=...)",
    "compile.momentum": "pass it to the optimizer, optimizer=SGD(momentum=...)",
    "compile.epochs": "pass it to fit",
    "compile.batch_size": "pass it to fit",
    "fit.learning_rate": "pass it to the optimizer, compile(optimizer=SGD(learning_rate=...))",
    "fit.lr": "pass it to the optimizer, compile(optimizer=SGD(learning_rate=...))",
    "fit.optimizer": "pass it to compile",
    **{f"{method}.labels": "use y" for method in ("fit", "evaluate")},
    "to_categorical.dtype": "call astype(dtype) on the result",
    "moons.random_state": "use seed",
    "circles.random_state": "use seed",
    "from_csv.sep": "use delimiter",
    "from_csv.label_column": "use label",
    "from_folder.image_size": "use size",
    "fit.seed": "pass it to the model, Sequential(layers, seed=0)",
    "load_model.compile": "leave it out, the model is compiled if it was when it was saved",
    "save.overwrite": "leave it out, an existing file is replaced",
    "Sequential.input_shape": "pass it to the first layer",
    "Sequential.loss": "pass it to compile",
    "Sequential.metrics": "pass it to compile",
    "Sequential.optimizer": "pass it to compile",
    "Dense.seed": "pass it to the model, Sequential(layers, seed=0)",
    "check_gradients.epsilon": "use eps",
    "check_gradients.tol": "use rtol",
    "check_gradients.params": "use parameters",
    "check_gradients.atol": "use rtol",
    "fit.loss": "pass it to compile",
    "fit.metrics": "pass it to compile",
    "AUC.thresholds": "use num_thresholds",
    "Layer.activity_regularizer": "use that of a Dense layer, or ActivityRegularization",
    "Precision.top_k": "use TopKCategoricalAccuracy, or a function of (y_true, y_pred)",
    "Recall.top_k": "use TopKCategoricalAccuracy, or a function of (y_true, y_pred)",
    "BatchNormalization.mode": "leave it out, each feature is normalized",
    "LeakyReLU.alpha": "use negative_slope",
    "ReLU.max_value": "use GeneralReLU, which has max_value, negative_slope and threshold",
    "ReLU.negative_slope": "use GeneralReLU, which has max_value, negative_slope and threshold",
    "ReLU.threshold": "use GeneralReLU, which has max_value, negative_slope and threshold",
}

# Arguments that are missing, where people give something else instead.
NEEDED: dict[str, str] = {
    f"{method}.y": f"pass the inputs and the targets as two arrays, {method}(x, y)"
    for method in ("fit", "evaluate", "train_on_batch", "test_on_batch")
}

# Other packages, which would load TensorFlow or Keras.
PACKAGES: dict[str, str] = {
    "tensorflow_datasets": "tinynet works on NumPy arrays; mnist and fashion_mnist are in "
    "keras.datasets",
    "tensorflow_hub": "tinynet has no ready-made models",
    "tensorflow_probability": "tinynet has no distributions",
    "tensorflow_addons": "import from keras what tinynet has",
    "tensorflow_docs": "print model.history.history, or use tinynet.plotting.plot_history",
    "tf_keras": "import keras, or tensorflow.keras",
    "keras_core": "import keras",
    "kerastuner": "loop over the settings yourself",
    "keras_tuner": "loop over the settings yourself",
    "keras_preprocessing": "prepare the data with NumPy",
    "scikeras": "it needs the real Keras; call fit and predict of a Sequential yourself",
    "tensorboard": "print model.history.history, or use CSVLogger",
}

# Packages that notebooks find in Colab or Jupyter, shown below the error if one isn't installed.
_COLAB = "google.colab exists only in Colab: leave it out, and put the files into this folder."
OF_NOTEBOOKS: dict[str, str] = {
    "google": _COLAB,
    "google.colab": _COLAB,
    "IPython": "Jupyter comes with IPython: install it with pip install ipython.",
    "ipywidgets": "The widgets need a running Jupyter: leave them out.",
}


REASONS = {name: reason for reason, names in LEFT_OUT for name in names.split()}


def left_out(name: str) -> str | None:
    """Return the advice for a name of Keras's that tinynet leaves out, None for others.

    Examples
    --------
    >>> print(left_out("layers.Lambda"))
    Lambda is left out on purpose: tinynet runs no code from a model's file and has no ...
    """
    for known in _prefixes(name):
        if known in REASONS:
            shown = known if known.startswith("tf.") else known.rpartition(".")[2]
            return f"{shown} is left out on purpose: {REASONS[known]}."
    return None


def about(name: str) -> str | None:
    """Return the advice for a name that is left out or that Keras has removed, None for others.

    Examples
    --------
    >>> about("utils.np_utils")
    'keras.utils.np_utils is no longer in Keras: use to_categorical from utils.'
    >>> about("tf.train.AdamOptimizer")
    'tf.train.AdamOptimizer is no longer in TensorFlow: use keras.optimizers.Adam.'
    """
    for known in _prefixes(name):
        if known in REASONS:
            return left_out(known)
        if known in OUTDATED and known.startswith("tf."):
            return f"{known} is no longer in TensorFlow: {OUTDATED[known]}."
        if known in OUTDATED:
            return f"keras.{known} is no longer in Keras: {OUTDATED[known]}."
    return None


def about_argument(
    name: str, function: str = "", known: Collection[str] | None = None
) -> str | None:
    """Return what to write instead of an argument that Keras has removed, None for others.

    `function` is the class or the function that was called, and `known` are its arguments, if they
    are given: it must have the one to use.

    Examples
    --------
    >>> about_argument("lr")
    'use learning_rate'
    >>> about_argument("lr", "Dense", ["units", "activation"])
    """
    if advice := ARGUMENTS_OF.get(f"{function}.{name}"):
        return advice
    advice = ARGUMENTS.get(name)
    instead = re.match(r"use (\w+)($|[,=]| and )", advice or "")
    return None if instead and known is not None and instead[1] not in known else advice


def _prefixes(name: str) -> Iterable[str]:
    """Yield the name and the modules it is in, the longest first."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        yield ".".join(parts[:end])
