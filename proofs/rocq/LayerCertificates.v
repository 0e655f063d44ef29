(** What a certificate file about a network given by layers imports, and short names for witnesses. *)
From Coq Require Export QArith List.
From Exactland Require Import LayerDefinitions.
From Exactland Require Export LayerClaims LayerChecks LayerSegment LayerValleyChecks.
Export ListNotations.

(** The weight from neuron q of the layer before, and the bias, of neuron i of layer l. *)
Definition weight_of (l i q : nat) : parameter := Weight l i q.
Definition bias_of (l i : nat) : parameter := Bias l i.
